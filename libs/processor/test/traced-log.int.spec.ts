import type { EventLog, RecordBatch, RecordToAppend } from '@tillstream/event-log';
import { startTracing, type Tracing, tracedLog } from '@tillstream/observability';
import {
  type CollectedSpan,
  startTraceCollector,
  type TraceCollector,
} from '@tillstream/observability/trace-collector';
import { eventually, openTempStorage, type TempStorage } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const WORK = 'trace.work.v1';
const RESULTS = 'trace.results.v1';
const PRODUCER = 4;
const CONSUMER = 5;

let storage: TempStorage;
let collector: TraceCollector;
let tracing: Tracing;
let log: EventLog;

beforeEach(async () => {
  const topics = [WORK, RESULTS].map((name) => ({ name, partitions: 1, retentionMs: null }));
  storage = openTempStorage({ topics });
  log = tracedLog(storage.log, { service: 'tested' });
  collector = await startTraceCollector();
});
afterEach(async () => {
  await tracing.shutdown();
  await storage.close();
  await collector.close();
});

const start = async (endpoint: string | null = collector.endpoint) => {
  tracing = await startTracing({ endpoint, service: 'tested', version: '0' });
};
const record = (topic: string, value = 'v'): RecordToAppend => ({ topic, key: 'k', value });

/** Follows a topic until `count` records were handled. */
async function handled(topic: string, count: number, handle: (batch: RecordBatch) => Promise<void> = async () => {}) {
  let seen = 0;
  const subscription = await log.subscribe({
    group: `group-${topic}`,
    topics: [topic],
    handler: async (batch) => {
      await handle(batch);
      seen += batch.records.length;
    },
  });
  await eventually(() => seen >= count);
  await subscription.stop();
}

async function spans(): Promise<readonly CollectedSpan[]> {
  await tracing.shutdown();
  return collector.spans;
}
const named = (all: readonly CollectedSpan[], name: string) => all.filter((span) => span.name === name);
const parentOf = (all: readonly CollectedSpan[], { parentSpanId }: CollectedSpan) =>
  all.find(({ spanId }) => spanId === parentSpanId)?.name ?? null;

describe('tracedLog', () => {
  it('makes append, consume, append, consume one trace, each step the child of the one before', async () => {
    await start();
    await log.append([record(WORK)]);
    await handled(WORK, 1, async ({ records }) => {
      // As a handler that waits for something before it answers.
      await new Promise(setImmediate);
      await log.append(records.map(() => record(RESULTS)));
    });
    await handled(RESULTS, 1);
    const all = await spans();
    expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(1);
    expect(Object.fromEntries(all.map((span) => [span.name, [span.kind, parentOf(all, span)]]))).toEqual({
      [`send ${WORK}`]: [PRODUCER, null],
      [`process ${WORK}`]: [CONSUMER, `send ${WORK}`],
      [`send ${RESULTS}`]: [PRODUCER, `process ${WORK}`],
      [`process ${RESULTS}`]: [CONSUMER, `send ${RESULTS}`],
    });
  });

  it('describes spans by the conventions for messaging', async () => {
    await start();
    await log.append([record(WORK), record(WORK)]);
    await handled(WORK, 2);
    const all = await spans();
    expect(named(all, `send ${WORK}`)[0]?.attributes).toEqual({
      'messaging.system': 'kafka',
      'messaging.client.id': 'tested',
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'send',
      'messaging.destination.name': WORK,
      'messaging.batch.message_count': '2',
    });
    expect(named(all, `process ${WORK}`)[0]?.attributes).toMatchObject({
      'messaging.operation.type': 'process',
      'messaging.destination.name': WORK,
      'messaging.destination.partition.id': '0',
      'messaging.consumer.group.name': `group-${WORK}`,
      'messaging.batch.message_count': '2',
    });
  });

  it('goes on with the trace of the first record of a batch and links the other traces, each once', async () => {
    await start();
    // Records that nobody traced stand in between.
    await storage.log.append([record(WORK)]);
    await log.append([record(WORK)]);
    await log.append([record(WORK), record(WORK)]);
    await handled(WORK, 4);
    const all = await spans();
    const [first, second] = named(all, `send ${WORK}`);
    expect(first?.traceId).not.toBe(second?.traceId);
    expect(named(all, `process ${WORK}`)).toMatchObject([
      {
        traceId: first?.traceId,
        parentSpanId: first?.spanId,
        links: [{ traceId: second?.traceId, spanId: second?.spanId }],
      },
    ]);
  });

  it('has a span for each topic of one append, and each record the headers of its own', async () => {
    await start();
    await log.append([record(WORK), record(RESULTS)]);
    const [work] = await storage.log.read(WORK, 0, 0, 1);
    const [result] = await storage.log.read(RESULTS, 0, 0, 1);
    const all = await spans();
    for (const [name, read] of Object.entries({ [`send ${WORK}`]: work, [`send ${RESULTS}`]: result })) {
      const [span] = named(all, name);
      expect(read?.headers).toEqual({ traceparent: `00-${span?.traceId}-${span?.spanId}-01` });
    }
  });

  it('leaves other headers, and a trace that a record already has', async () => {
    await start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await log.append([
      { ...record(WORK), headers: { reason: 'x' } },
      { ...record(WORK), headers: { traceparent } },
    ]);
    const [first, second] = await log.read(WORK, 0, 0, 2);
    expect(first?.headers).toEqual({ reason: 'x', traceparent: expect.stringMatching(/^00-.*-01$/) });
    expect(second?.headers).toEqual({ traceparent });
  });

  it('marks a batch whose handler rejects, without secrets, and a send that fails', async () => {
    await start();
    await log.append([record(WORK)]);
    const failures = [new TypeError('Bearer abcdefghijklmnop refused')];
    await handled(WORK, 1, async () => {
      const failure = failures.pop();
      if (failure) throw failure;
    });
    await expect(log.append([record('trace.none.v1')])).rejects.toMatchObject({ code: 'topic_unknown' });
    const all = await spans();
    expect(named(all, `process ${WORK}`)).toMatchObject([
      { error: 'Bearer [redacted] refused', attributes: { 'error.type': 'TypeError' } },
      { error: null },
    ]);
    expect(named(all, 'send trace.none.v1')).toMatchObject([{ attributes: { 'error.type': 'topic_unknown' } }]);
  });

  it('adds nothing when tracing is off', async () => {
    await start(null);
    await log.append([record(WORK), { ...record(WORK), headers: { reason: 'x' } }]);
    await handled(WORK, 2);
    expect((await log.read(WORK, 0, 0, 2)).map(({ headers }) => headers)).toEqual([{}, { reason: 'x' }]);
  });

  it('hands options that it does not know to the log', async () => {
    await start();
    const passed: object[] = [];
    const spy: EventLog = {
      ...storage.log,
      subscribe: async (options) => {
        passed.push(options);
        return { stop: async () => {}, lastError: undefined };
      },
    };
    const options = { group: 'g', topics: [WORK], paceMs: 7, later: true, handler: async () => {} };
    await tracedLog(spy, { service: 'tested' }).subscribe(options);
    expect(passed).toMatchObject([{ group: 'g', topics: [WORK], paceMs: 7, later: true }]);
  });
});
