import { context, isSpanContextValid, propagation, trace } from '@opentelemetry/api';
import type { LogFields } from '../logger.js';
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
