import { type Attributes, context, isSpanContextValid, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { LogFields } from '../logger.js';
import { inSpan } from './in-span.js';
import { tracingIsOn } from './state.js';

/** `traceparent` (and `tracestate`) of the active span, for a request to another process; {} without one. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  if (tracingIsOn()) propagation.inject(context.active(), headers);
  return headers;
}

/** What a log line says about the span it was written in. A new object each time: pino fills it. */
export function traceFields(): LogFields & object {
  const active = tracingIsOn() ? trace.getActiveSpan()?.spanContext() : undefined;
  if (active === undefined || !isSpanContextValid(active)) return {};
  return { traceId: active.traceId, spanId: active.spanId };
}

export type KeptTrace = <T>(work: () => T) => T;

const NO_TRACE: KeptTrace = (work) => work();

/**
 * The trace that a record came with, to run work in later: out of a queue or a timer, where somebody else's is active, and
 * apart from its batch, which goes on with the trace of one of its records.
 */
export function traceOf(headers: Readonly<Record<string, string>>): KeptTrace {
  if (!tracingIsOn()) return NO_TRACE;
  const kept = propagation.extract(ROOT_CONTEXT, headers);
  return (work) => context.with(kept, work);
}

/** Runs `work` in a span of its own, which is an error when it rejects. */
export function traced<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  if (!tracingIsOn()) return work();
  const span = trace.getTracer('tillstream').startSpan(name, { attributes });
  return inSpan(span, trace.setSpan(context.active(), span), work);
}
