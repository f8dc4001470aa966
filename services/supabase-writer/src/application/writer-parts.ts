import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import type { HttpClient } from '@tillstream/http-client';
import type { Clock, CrashPoints, Ids } from '@tillstream/kernel';
import type { Logger, Metrics } from '@tillstream/observability';
import type { AggregateRuntime } from '@tillstream/processor';
import type { WorkCommand, WorkEvent, WorkState } from '../domain/work/index.js';
import type { WriterOptions } from '../options.js';
import type { WriterMetrics } from './writer-metrics.js';

/** What the writer is given by its composition root. */
export interface WriterDeps {
  readonly log: EventLog;
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly crash: CrashPoints;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly secrets: Secrets;
  /** Every request to a Data API: `HttpClient.send`. */
  readonly send: HttpClient['send'];
  /** For database connections, which do not go through the HTTP client (TILLSTREAM_ALLOW_PRIVATE_TARGETS). */
  readonly allowPrivateTargets: boolean;
  readonly options?: Partial<WriterOptions>;
}

export interface WriterParts {
  readonly deps: WriterDeps;
  readonly options: WriterOptions;
  readonly metrics: WriterMetrics;
  readonly works: AggregateRuntime<WorkState, WorkCommand, WorkEvent>;
}
