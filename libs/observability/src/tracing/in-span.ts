import { type Context, context, type Span, SpanStatusCode } from '@opentelemetry/api';
import { asError, TillstreamError } from '@tillstream/kernel';
import { redactText } from '../redact.js';

/** Runs `work` with `active` as its context; the span ends with it and is an error when it rejects. */
export async function inSpan<T>(span: Span, active: Context, work: () => Promise<T>): Promise<T> {
  try {
    return await context.with(active, work);
  } catch (thrown) {
    markFailed(span, thrown);
    throw thrown;
  } finally {
    span.end();
  }
}

/** Collectors are read by more people than logs: the same redaction (I10), and no stack. */
function markFailed(span: Span, thrown: unknown): void {
  const error = asError(thrown);
  span.setAttribute('error.type', error instanceof TillstreamError ? error.code : error.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: redactText(error.message) });
}
