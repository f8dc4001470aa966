import { TOPICS } from '@tillstream/contracts';
import type { EventLog } from '@tillstream/event-log';
import { startTracing, tracedLog } from '@tillstream/observability';
import { startTraceCollector, type TraceCollector } from '@tillstream/observability/trace-collector';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness } from './harness.js';
import { makeOrder } from './orders.js';

let collector: TraceCollector;
let harness: Harness;
beforeEach(async () => {
  collector = await startTraceCollector();
});
afterEach(async () => {
  await harness.close();
  await collector.close();
});

it('reports a result in the trace of the work it is about, whoever was delivered before', async () => {
  const tracing = await startTracing({ endpoint: collector.endpoint, service: 'quickbooks-writer', version: '0' });
  const wrapLog = (log: EventLog) => tracedLog(log, { service: 'quickbooks-writer' });
  harness = await Harness.start({ wrapLog, options: { maxDeliveries: 1 } });
  const orders = ['1', '2', '3', '4'];
  for (const number of orders) await harness.send([makeOrder(number)]);
  await harness.settled(orders.map((number) => `woo:${number}`));
  await harness.writer.stop();
  await tracing.shutdown();
  const tracesOf = (name: string) => collector.spans.filter((span) => span.name === name).map(({ traceId }) => traceId);
  const asked = tracesOf(`send ${TOPICS.workQuickBooks.name}`);
  expect(new Set(asked).size).toBe(4);
  expect(tracesOf('deliver to quickbooks').sort()).toEqual(asked.toSorted());
  expect(new Set(tracesOf(`send ${TOPICS.results.name}`))).toEqual(new Set(asked));
});
