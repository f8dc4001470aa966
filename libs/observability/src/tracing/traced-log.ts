import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import type { EventLog, LogRecord, RecordBatch, RecordToAppend, SubscribeOptions } from '@tillstream/event-log';
import { inSpan } from './in-span.js';
import { tracingIsOn } from './state.js';

export interface TracedLogOptions {
  /** Who appends and consumes. */
  readonly service: string;
  /** `messaging.system`; default `kafka`. */
  readonly system?: string;
}

const TRACER = 'tillstream/event-log';

/**
 * An EventLog whose records carry the trace that made them, as W3C headers: `append` is a span `send <topic>`, handling
 * a batch a span `process <topic>` (OpenTelemetry's conventions for messaging). Does nothing while tracing is off.
 */
export function tracedLog(log: EventLog, options: TracedLogOptions): EventLog {
  const common = { 'messaging.system': options.system ?? 'kafka', 'messaging.client.id': options.service };
  return {
    append: (records) => (tracingIsOn() ? appendTraced(log, records, common) : log.append(records)),
    subscribe: (subscription) =>
      log.subscribe({
        ...subscription,
        handler: (batch) => (tracingIsOn() ? handleTraced(batch, subscription, common) : subscription.handler(batch)),
      }),
    tail: (follow) => log.tail(follow),
    read: (topic, partition, fromOffset, limit) => log.read(topic, partition, fromOffset, limit),
    endOffsets: (topic) => log.endOffsets(topic),
    committedOffsets: (group, topic) => log.committedOffsets(group, topic),
    close: () => log.close(),
  };
}

/** One span per topic: a destination has one name. */
async function appendTraced(log: EventLog, records: readonly RecordToAppend[], common: Attributes) {
  const byTopic = Map.groupBy(records, ({ topic }) => topic);
  const sends = new Map([...byTopic].map(([topic, own]) => [topic, startSend(topic, own.length, common)]));
  const appended = log.append(records.map((record) => withHeaders(record, sends.get(record.topic)?.headers)));
  await Promise.allSettled([...sends.values()].map(({ span }) => inSpan(span, context.active(), () => appended)));
  return appended;
}

function startSend(topic: string, count: number, common: Attributes) {
  const span = trace.getTracer(TRACER).startSpan(`send ${topic}`, {
    kind: SpanKind.PRODUCER,
    attributes: {
      ...common,
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'send',
      'messaging.destination.name': topic,
      'messaging.batch.message_count': count,
    },
  });
  const headers: Record<string, string> = {};
  propagation.inject(trace.setSpan(context.active(), span), headers);
  return { span, headers };
}

/** A record that was given its trace keeps it: who appends it is not who made it. */
function withHeaders(record: RecordToAppend, headers: Readonly<Record<string, string>> = {}): RecordToAppend {
  if (record.headers?.['traceparent'] !== undefined) return record;
  return { ...record, headers: { ...record.headers, ...headers } };
}

/** The batch goes on with the trace of its first record and is linked to those of the others. */
function handleTraced(batch: RecordBatch, { group, handler }: SubscribeOptions, common: Attributes): Promise<void> {
  const [parent = ROOT_CONTEXT, ...others] = originsOf(batch.records);
  const span: Span = trace.getTracer(TRACER).startSpan(
    `process ${batch.topic}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        ...common,
        'messaging.operation.type': 'process',
        'messaging.operation.name': 'process',
        'messaging.destination.name': batch.topic,
        'messaging.destination.partition.id': String(batch.partition),
        'messaging.consumer.group.name': group,
        'messaging.batch.message_count': batch.records.length,
      },
      links: others.flatMap((origin) => trace.getSpanContext(origin) ?? []).map((origin) => ({ context: origin })),
    },
    parent,
  );
  return inSpan(span, trace.setSpan(parent, span), () => handler(batch));
}

/** Distinct contexts that the records were sent in, in their order. Never the ambient one: it belongs to somebody else. */
function originsOf(records: readonly LogRecord[]): readonly Context[] {
  const origins = new Map<string, Context>();
  for (const { headers } of records) {
    const origin = propagation.extract(ROOT_CONTEXT, headers);
    const remote = trace.getSpanContext(origin);
    if (remote === undefined || !isSpanContextValid(remote)) continue;
    const id = `${remote.traceId}:${remote.spanId}`;
    if (!origins.has(id)) origins.set(id, origin);
  }
  return [...origins.values()];
}
