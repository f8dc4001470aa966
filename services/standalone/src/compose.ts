import type { Config } from '@tillstream/config';
import { allTopicDefinitions, COLLECTIONS } from '@tillstream/contracts';
import { createSecrets, loadOrCreateAdminKey, loadOrCreateMasterKey } from '@tillstream/credentials';
import type { CollectionDefinition } from '@tillstream/document-store';
import { createHttpClient, type HttpClient } from '@tillstream/http-client';
import { type Clock, type CrashPoints, NO_CRASH_POINTS, SystemIds } from '@tillstream/kernel';
import { createMetrics, type Logger, observedLog, tracedLog } from '@tillstream/observability';
import {
  createOrchestrator,
  ORCHESTRATOR_COLLECTIONS,
  type OrchestratorLimits,
  wooSource,
} from '@tillstream/orchestrator';
import { createProjector, dropShadows, Rebuilds, SHADOW_COLLECTIONS } from '@tillstream/projector';
import { createQueryApi } from '@tillstream/query-api';
import {
  createQuickBooksWriter,
  QUICKBOOKS_WRITER_COLLECTIONS,
  type WriterOptions,
} from '@tillstream/quickbooks-writer';
import { type EmbeddedStorage, openEmbeddedStorage } from '@tillstream/sqlite';
import {
  createSupabaseWriter,
  SUPABASE_WRITER_COLLECTIONS,
  type WriterOptions as SupabaseWriterOptions,
} from '@tillstream/supabase-writer';
import { embeddedMaintenance } from './maintenance.js';

export interface StandaloneOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly crash?: CrashPoints;
  /** Tracing is on: what is appended carries its trace. */
  readonly traced?: boolean;
  /** Replaces HTTP to the remotes (benchmarks with an instant remote). */
  readonly http?: HttpClient;
  readonly quickbooks?: Partial<WriterOptions>;
  readonly supabase?: Partial<SupabaseWriterOptions>;
  readonly orchestrator?: Partial<OrchestratorLimits>;
}

export interface Standalone {
  readonly httpUrl: string;
  /** `host:port`. */
  readonly grpcUrl: string | null;
  readonly dataDir: string;
  readonly storage: EmbeddedStorage;
  /** Set when this start generated the first admin key. */
  readonly newAdminKeyFile: string | undefined;
  /** Work that has not reached its outcome, over all companies. */
  openWork(): number;
  /** Intake first, then the consumers from the source to the sink, then the storage. Each step is bounded by its part. */
  stop(): Promise<void>;
}

/** The composition root of the embedded profile: every service in this process, over one SQLite file. */
export async function startStandalone(options: StandaloneOptions): Promise<Standalone> {
  const { config, clock, logger, crash = NO_CRASH_POINTS } = options;
  const storage = openEmbeddedStorage({
    dataDir: config.dataDir,
    topics: allTopicDefinitions(),
    collections: collections(),
    clock,
    crash,
    logger,
  });
  try {
    return await startServices(options, storage, { clock, logger, crash });
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** Every collection of the embedded profile. */
export function collections(): CollectionDefinition[] {
  const declared = [
    ...Object.values(COLLECTIONS),
    ...ORCHESTRATOR_COLLECTIONS,
    ...QUICKBOOKS_WRITER_COLLECTIONS,
    ...SUPABASE_WRITER_COLLECTIONS,
    ...SHADOW_COLLECTIONS,
  ];
  return [...new Map(declared.map((definition) => [definition.name, definition])).values()];
}

async function startServices(
  options: StandaloneOptions,
  storage: EmbeddedStorage,
  common: { clock: Clock; logger: Logger; crash: CrashPoints },
): Promise<Standalone> {
  const { config, clock } = options;
  const keys = openKeys(config);
  const ids = new SystemIds(clock);
  const http = options.http ?? createHttpClient({ clock, allowPrivateTargets: config.allowPrivateTargets });
  const metrics = createMetrics();
  const observed = observedLog(storage.log, metrics);
  const deps = {
    ...common,
    log: options.traced ? tracedLog(observed, { service: 'standalone', system: 'sqlite' }) : observed,
    store: storage.store,
    ids,
    metrics,
    secrets: keys.secrets,
  };
  const projector = createProjector(deps);
  const writer = createQuickBooksWriter({
    ...deps,
    send: (request) => http.send(request),
    options: options.quickbooks ?? {},
  });
  const supabaseWriter = createSupabaseWriter({
    ...deps,
    send: (request) => http.send(request),
    allowPrivateTargets: config.allowPrivateTargets,
    options: options.supabase ?? {},
  });
  const orchestrator = createOrchestrator({
    ...deps,
    openSource: wooSource({ http, clock, ids }),
    limits: options.orchestrator ?? {},
  });
  const rebuilds = new Rebuilds({ ...deps, projector });
  const api = createQueryApi({
    ...deps,
    http,
    config: { adminKey: keys.adminKey, publicUrl: config.publicUrl, allowPrivateTargets: config.allowPrivateTargets },
    host: config.host,
    port: config.port,
    grpcPort: config.grpcPort,
    maintenance: embeddedMaintenance(storage, rebuilds),
    health: [
      { name: 'orchestrator', health: () => orchestrator.health() },
      { name: 'quickbooks-writer', health: () => writer.health() },
      { name: 'supabase-writer', health: () => supabaseWriter.health() },
      { name: 'projector', health: () => projector.health() },
    ],
  });
  await dropShadows(storage.store);
  await projector.start();
  await writer.start();
  await supabaseWriter.start();
  await orchestrator.start();
  const { url, grpcUrl } = await api.start();
  return {
    httpUrl: url,
    grpcUrl,
    dataDir: config.dataDir,
    storage,
    newAdminKeyFile: keys.newAdminKeyFile,
    openWork: () => writer.openWork() + supabaseWriter.openWork(),
    stop: async () => {
      await api.stop();
      await orchestrator.stop();
      await writer.stop();
      await supabaseWriter.stop();
      await rebuilds.settled();
      await projector.stop();
      if (options.http === undefined) await http.close();
      await storage.close();
    },
  };
}

function openKeys(config: Config) {
  const master = config.masterKey ?? loadOrCreateMasterKey(config.dataDir).value;
  const secrets = createSecrets({ current: master, previous: config.masterKeyPrevious ?? undefined });
  if (config.adminKey !== null) return { secrets, adminKey: config.adminKey, newAdminKeyFile: undefined };
  const file = loadOrCreateAdminKey(config.dataDir);
  return { secrets, adminKey: file.value, newAdminKeyFile: file.created ? file.path : undefined };
}
