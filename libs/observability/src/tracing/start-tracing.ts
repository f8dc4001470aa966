import { type Tracer, trace } from '@opentelemetry/api';
import type { Logger } from '../logger.js';

export interface TracingOptions {
  /** Base URL of an OTLP/HTTP collector; spans go to `<endpoint>/v1/traces`. null = no tracing. */
  readonly endpoint: string | null;
  /** `service.name`: `orchestrator`, `query-api`, … */
  readonly service: string;
  readonly version: string;
  /** Told once when the collector stops taking spans and once when it takes them again. */
  readonly logger?: Logger;
}

export interface Tracing {
  readonly enabled: boolean;
  /** For spans of one's own; gives spans that record nothing when tracing is off. */
  readonly tracer: Tracer;
  /** Sends what is left. Takes 2 s at most, never rejects, and turns tracing off for the process. */
  shutdown(): Promise<void>;
}

/**
 * Turns on tracing for this process; without an endpoint not even the SDK is loaded. A collector that is slow or away
 * only costs spans: they wait in a bounded queue outside of the work they describe and are dropped when it is full.
 * @throws InvariantError `tracing_already_on`
 */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { endpoint } = options;
  if (endpoint === null) return { enabled: false, tracer: trace.getTracer(options.service), shutdown: async () => {} };
  const { startSdk } = await import('./sdk.js');
  return startSdk({ ...options, endpoint });
}
