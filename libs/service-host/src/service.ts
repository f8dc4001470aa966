import type { Config } from '@tillstream/config';
import type { Secrets } from '@tillstream/credentials';
import type { CollectionDefinition, DocumentStore } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import type { HttpClient } from '@tillstream/http-client';
import type { Clock, CrashPoints, Ids } from '@tillstream/kernel';
import type { Logger, Metrics } from '@tillstream/observability';

/** What a service is given in a process of its own: the ports, bound to Kafka and MongoDB, and what was configured. */
export interface ServiceParts {
  readonly config: Config;
  readonly log: EventLog;
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly crash: CrashPoints;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly secrets: Secrets;
  readonly http: HttpClient;
}

export interface Health {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

export interface RunningService {
  health(): Health;
  /** Intake first, then what is in flight; bounded by the service itself. The ports stay open until it resolved. */
  stop(): Promise<void>;
}

/** A service as its process runs it. */
export interface ServiceDefinition {
  /** As in deploy/ and in logs: `orchestrator`, `query-api`, … */
  readonly name: string;
  /** Everything it reads or writes in the document store. */
  readonly collections: readonly CollectionDefinition[];
  /** Resolves when it works; `readyUrls` of a service with a face of its own. */
  start(parts: ServiceParts): Promise<RunningService & Partial<ServiceAddresses>>;
}

/** Where a service with a face of its own listens: then it serves health and metrics there, too. */
export interface ServiceAddresses {
  readonly httpUrl: string;
  readonly grpcUrl: string | null;
}
