import { randomUUID } from 'node:crypto';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { InvariantError } from '@tillstream/kernel';
import { ReportingExporter } from './reporting-exporter.js';
import type { Tracing, TracingOptions } from './start-tracing.js';
import { setTracing, tracingIsOn } from './state.js';

/** Of one export with its repetition; also what an unreachable collector can hold up the end of the process. */
const EXPORT_TIMEOUT_MS = 2_000;
const SHUTDOWN_TIMEOUT_MS = 2_000;
/** A batch names the origins of all its records, and a batch has hundreds. */
const MAX_LINKS = 1_000;

/** The SDK's globals are the process's: one tracing at a time. */
export function startSdk(options: TracingOptions & { readonly endpoint: string }): Tracing {
  if (tracingIsOn()) throw new InvariantError('tracing_already_on', 'tracing was started twice in one process');
  const provider = providerOf(options);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  setTracing(true);
  let stopping: Promise<void> | undefined;
  return {
    enabled: true,
    tracer: provider.getTracer(options.service, options.version),
    shutdown: () => (stopping ??= stop(provider)),
  };
}

function providerOf({ endpoint, service, version, logger }: TracingOptions & { readonly endpoint: string }) {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new ReportingExporter(new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS }), logger);
  return new TracerProvider({
    resource: resourceFromAttributes({
      'service.namespace': 'tillstream',
      'service.name': service,
      'service.version': version,
      'service.instance.id': randomUUID(),
    }),
    spanLimits: { linkCountLimit: MAX_LINKS },
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: 2 * EXPORT_TIMEOUT_MS })],
  });
}

async function stop(provider: TracerProvider): Promise<void> {
  setTracing(false);
  trace.disable();
  propagation.disable();
  context.disable();
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, SHUTDOWN_TIMEOUT_MS);
  });
  await Promise.race([provider.shutdown().catch(() => undefined), timeUp]);
  clearTimeout(timer);
}
