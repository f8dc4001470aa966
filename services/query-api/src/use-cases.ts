import { COLLECTIONS, type Maintenance, TOPICS } from '@tillstream/contracts';
import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import type { HttpClient } from '@tillstream/http-client';
import type { Clock, CrashPoints, Ids } from '@tillstream/kernel';
import { type Logger, type Metrics, NO_METRICS } from '@tillstream/observability';
import { ConnectionTests } from './connections/connection-tests.js';
import { Connections, type ConnectionsDeps } from './connections/connections.js';
import { Consent } from './connections/consent.js';
import { RealmClaims } from './connections/realm-claims.js';
import { createShopTester } from './connections/shop-tester.js';
import { repliedTo, WriterCommands } from './connections/writer-commands.js';
import { Documents } from './documents/documents.js';
import { Failures } from './failures/failures.js';
import { Retries } from './failures/retries.js';
import { RouteTable } from './http/route-table.js';
import { Keys } from './keys/keys.js';
import { Tenants } from './keys/tenants.js';
import { createEventWaiter, type EventWaiter } from './outbox/await-events.js';
import { FactStore } from './outbox/fact-store.js';
import { Logs } from './logs/logs.js';
import { Plans } from './runs/plans.js';
import { decidedRun, RunStarter } from './runs/run-starter.js';
import { Runs } from './runs/runs.js';
import { TenantSettings } from './settings/tenant-settings.js';
import type { HealthProvider } from '@tillstream/service-host';

export interface QueryApiDeps {
  readonly log: EventLog;
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly crash: CrashPoints;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly secrets: Secrets;
  readonly http: HttpClient;
  readonly config: QueryApiConfig;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** 0 picks a free one; left out: gRPC is not served. */
  readonly grpcPort?: number | undefined;
  /** The storage's sizes and rebuilds, where the profile has them; else those addresses answer 404. */
  readonly maintenance?: Maintenance;
  /** Parts whose state decides /health/ready, besides the API itself. */
  readonly health?: readonly HealthProvider[];
}

export interface QueryApiConfig {
  /** Valid for the tenant `default` from the start on. */
  readonly adminKey: string;
  /** Where browsers reach the API; null = the address it listens on. */
  readonly publicUrl: string | null;
  readonly allowPrivateTargets: boolean;
}

/** Everything the controllers call, wired once. */
export type UseCases = ReturnType<typeof createUseCases>;

export function createUseCases(deps: QueryApiDeps, listeningAt: () => string) {
  const { log, store, clock, ids, secrets, logger, config } = deps;
  const facts = new FactStore(deps);
  const decisions = createEventWaiter({ log, clock, logger, topics: [TOPICS.runs.name], answers: decidedRun });
  const replyTopics = [TOPICS.writerReplies.name, TOPICS.supabaseReplies.name];
  const replies = createEventWaiter({ log, clock, logger, topics: replyTopics, answers: repliedTo });
  const claims = new RealmClaims(store, clock);
  const keys = new Keys(store, clock, ids);
  const connectionDeps: ConnectionsDeps = { store, facts, claims, secrets, clock, ids };
  const connections = new Connections(connectionDeps);
  const writer = new WriterCommands({ log, replies, secrets, clock, ids });
  const shops = createShopTester({ http: deps.http, clock, ids });
  const publicUrl = () => config.publicUrl?.replace(/\/+$/, '') ?? listeningAt();
  const runStarter = new RunStarter({ store, facts, decisions, clock, ids });
  const runs = new Runs({ store, facts, clock });
  const failures = new Failures(store, facts);
  const tenants = new Tenants(store, clock, keys);
  return {
    keys,
    tenants,
    connections,
    connectionTests: new ConnectionTests({ store, connections, writer, shops, secrets, clock }),
    consent: new Consent({ store, claims, writer, publicUrl }),
    settings: new TenantSettings(store, facts),
    runStarter,
    /** Of every event about runs; who waits for one, and who watches runs. */
    decisions,
    runs,
    plans: new Plans(store, runs),
    failures,
    retries: new Retries(store, failures, runStarter),
    documents: new Documents(store),
    logs: new Logs(store, runs),
    routes: new RouteTable(),
    maintenance: deps.maintenance ?? null,
    metrics: deps.metrics ?? NO_METRICS,
    health: [...(deps.health ?? []), tailHealth('decisions', decisions), tailHealth('replies', replies)],
    allowPrivateTargets: config.allowPrivateTargets,
    /** Before the first request: what a crash left unfinished, then the first key. */
    prepare: async () => {
      await Promise.all([decisions.start(), replies.start()]);
      await connections.recover();
      for (const { name } of [COLLECTIONS.settings, COLLECTIONS.runRequests, COLLECTIONS.discardRequests]) {
        await facts.recover(name);
      }
      await tenants.ensureDefault();
      if (!(await keys.ensureFirstAdmin(config.adminKey))) {
        logger.warn(
          {},
          'the configured admin key was deleted and stays revoked; use another key or configure a new one',
        );
      }
    },
    /** Answers whoever waits, so that closing the server takes no longer than the requests themselves. */
    release: () => Promise.all([decisions.stop(), replies.stop()]),
  };
}

function tailHealth(name: string, tail: EventWaiter): HealthProvider {
  return {
    name: `query-api ${name}`,
    health: () => ({ ok: tail.lastError === undefined, reasons: tail.lastError ? [tail.lastError.message] : [] }),
  };
}
