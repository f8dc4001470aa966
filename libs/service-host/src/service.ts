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
  /** The servers behind the ports, for the readiness of a service that serves its own. */
  readonly dependencies: readonly HealthProvider[];
  /** After that long without a sign of life another process takes over (ms, real time): what leases must respect (D14). */
  readonly sessionTimeoutMs: number;
}

export interface Health {
  readonly ok: boolean;
  /** For operators; no tenant data. */
  readonly reasons: readonly string[];
}

export interface HealthProvider {
  readonly name: string;
  health(): Health;
}

export interface RunningService {
  health(): Health;
  /** Intake first, then what is in flight; bounded by the service itself. The ports stay open until it resolved. */
  stop(): Promise<void>;
  /** Where a service with a face of its own listens. */
  readonly addresses?: ServiceAddresses;
}

export interface ServiceAddresses {
  readonly httpUrl: string;
  /** `host:port`; null = does not serve gRPC. */
  readonly grpcUrl: string | null;
}

/** A service as its process runs it. */
export interface ServiceDefinition {
  /** As in deploy/ and in logs: `orchestrator`, `query-api`, … */
  readonly name: string;
  /** Everything it reads or writes in the document store. */
  readonly collections: readonly CollectionDefinition[];
  /** Serves health and metrics at TILLSTREAM_PORT itself, beside its API; others leave that to the host. */
  readonly servesHealth?: boolean;
  /** Resolves when it consumes and answers. */
  start(parts: ServiceParts): Promise<RunningService>;
}
