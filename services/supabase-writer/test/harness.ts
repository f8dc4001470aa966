import {
  allTopicDefinitions,
  COLLECTIONS,
  type ConnectionDocument,
  decodeEvent,
  encodeEvent,
  type Entity,
  eventId,
  type EventType,
  type FactsOf,
  recordKey,
  type RowsPayload,
  type StoredEvent,
  type SyncEvent,
  TOPICS,
  type WorkSettled,
} from '@tillstream/contracts';
import { createSecrets, generateMasterKey, type Secrets } from '@tillstream/credentials';
import { createHttpClient, type HttpClient } from '@tillstream/http-client';
import { type Clock, NO_CRASH_POINTS, SystemClock, SystemIds } from '@tillstream/kernel';
import { SupabaseSandbox } from '@tillstream/sandbox';
import {
  eventually,
  openTempStorage,
  SILENT_LOGGER,
  startPostgres,
  type TempStorage,
  type TestPostgres,
} from '@tillstream/testing';
import {
  createSupabaseWriter,
  SUPABASE_WRITER_COLLECTIONS,
  type SupabaseWriter,
  type WriterDeps,
} from '../src/index.js';

export const TENANT = 'default';
const CONNECTION = { tenantId: TENANT, connectionId: 'con_sb' };
export type Way = 'postgres' | 'dataApi';

export interface SentWork {
  readonly id: number;
  readonly version: number;
  readonly entity?: Entity;
  readonly hash?: string;
  readonly deleted?: boolean;
  readonly payload?: RowsPayload;
  readonly projectId?: string;
}

export const rawOrder = (id: number, fields: Readonly<Record<string, unknown>> = {}) => ({
  id,
  number: String(id),
  status: 'processing',
  currency: 'USD',
  total: '44.28',
  date_created_gmt: '2026-11-23T05:15:04',
  line_items: [{ id: id * 10, name: 'Mug', quantity: 1, total: '44.28' }],
  ...fields,
});

/** The whole service against a Supabase sandbox over a real PostgreSQL, on the real embedded storage. */
export class Harness {
  #writer: SupabaseWriter;
  #seq = 0;

  private constructor(
    readonly clock: Clock,
    readonly storage: TempStorage,
    readonly postgres: TestPostgres,
    readonly sandbox: SupabaseSandbox,
    readonly http: HttpClient,
    readonly secrets: Secrets,
    private readonly options: WriterDeps['options'],
    private readonly metrics: WriterDeps['metrics'],
  ) {
    this.#writer = this.#create();
  }

  /** A writer with a fresh project; tables are made by whoever needs them. */
  static async start(
    way: Way,
    options: WriterDeps['options'] & object = {},
    factor = 60,
    metrics?: WriterDeps['metrics'],
  ): Promise<Harness> {
    const clock = new SystemClock(factor);
    const postgres = await startPostgres();
    const sandbox = await SupabaseSandbox.start({ clock, engine: { databaseUrl: postgres.url } });
    const shared = [COLLECTIONS.connections, COLLECTIONS.settings];
    const storage = openTempStorage({
      clock,
      topics: allTopicDefinitions(),
      collections: [...shared, ...SUPABASE_WRITER_COLLECTIONS],
    });
    const http = createHttpClient({ clock, allowPrivateTargets: true });
    const secrets = createSecrets({ current: generateMasterKey() });
    const harness = new Harness(clock, storage, postgres, sandbox, http, secrets, options, metrics);
    await harness.connect(way);
    await harness.#writer.start();
    return harness;
  }

  get projectId(): string {
    return this.sandbox.projectUrl;
  }

  get writer(): SupabaseWriter {
    return this.#writer;
  }

  async connect(way: Way, key = this.sandbox.serviceKey): Promise<void> {
    const now = new Date(this.clock.now()).toISOString();
    const secret = way === 'postgres' ? { databaseUrl: this.sandbox.databaseUrl } : { serviceKey: key };
    const doc: ConnectionDocument = {
      ...CONNECTION,
      platform: 'supabase',
      identity: this.projectId,
      identityKey: `supabase:${this.projectId}`,
      identityEpoch: 1,
      config: { projectUrl: this.sandbox.projectUrl },
      secrets: Object.fromEntries(
        Object.entries(secret).map(([name, value]) => [name, this.secrets.seal(value, CONNECTION)]),
      ),
      secretsVersion: 1,
      status: 'unverified',
      detail: null,
      checks: [],
      lastCheckedAt: null,
      createdAt: now,
      updatedAt: now,
    };
    const id = `${TENANT}:supabase`;
    await this.storage.store.bulkWrite([
      { op: 'put', collection: COLLECTIONS.connections.name, id, doc, expectedVersion: null },
    ]);
  }

  async send(works: readonly SentWork[]): Promise<void> {
    const topic = TOPICS.workSupabase.name;
    await this.storage.log.append(
      works.map(({ id, version, entity = 'orders', hash, deleted = false, payload, projectId }) => {
        const sourceId = `woo:${id}`;
        const key = recordKey(TENANT, entity, sourceId);
        const facts: FactsOf<'RowsRequested'> = {
          entity,
          sourceId,
          projectId: projectId ?? this.projectId,
          sourceVersion: version,
          contentHash: hash ?? `h${version}`,
          lane: 'backfill',
          syncId: 'run_1',
          reason: 'changed',
          deleted,
        };
        const rows: RowsPayload = payload ?? { raw: rawOrder(id) };
        return {
          topic,
          key,
          value: encodeEvent(this.event(`record_state/${key}`, topic, 'RowsRequested', facts, rows)),
        };
      }),
    );
  }

  async publish<T extends EventType>(topic: string, type: T, facts: FactsOf<T>, payload?: object): Promise<void> {
    await this.storage.log.append([
      { topic, key: TENANT, value: encodeEvent(this.event(`test/${type}`, topic, type, facts, payload)) },
    ]);
  }

  async events(topic: string): Promise<SyncEvent[]> {
    const ends = await this.storage.log.endOffsets(topic);
    const partitions = await Promise.all(
      ends.map(async (end, partition) => (end === 0 ? [] : this.storage.log.read(topic, partition, 0, 10_000))),
    );
    return partitions.flat().map(({ value }) => decodeEvent(value));
  }

  /** The latest result per `sourceId@version`, once `count` have one. */
  async settled(count: number, timeoutMs = 20_000): Promise<ReadonlyMap<string, WorkSettled>> {
    return eventually(
      async () => {
        const all = (await this.events(TOPICS.results.name)).filter((event) => event.type === 'WorkSettled');
        const found = new Map(all.map(({ facts }) => [`${facts.sourceId}@${facts.sourceVersion}`, facts]));
        return found.size >= count ? found : null;
      },
      { timeoutMs, intervalMs: 20 },
    );
  }

  async rows(table: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.sandbox.control.rows(`woo_${table}`);
  }

  async restart(): Promise<void> {
    await this.#writer.stop();
    this.#writer = this.#create();
    await this.#writer.start();
  }

  async close(): Promise<void> {
    await this.#writer.stop();
    await this.http.close();
    await this.sandbox.close();
    await this.postgres.stop();
    await this.storage.close();
  }

  event<T extends EventType>(
    producer: string,
    topic: string,
    type: T,
    facts: FactsOf<T>,
    payload?: object,
  ): StoredEvent {
    this.#seq += 1;
    const seq = this.#seq;
    return {
      id: eventId(producer, topic, seq),
      type,
      schemaVersion: 1,
      producer,
      seq,
      eventNumber: seq,
      tenantId: TENANT,
      occurredAt: new Date(this.clock.now()).toISOString(),
      facts,
      ...(payload && { payload: payload as Record<string, unknown> }),
    };
  }

  #create(): SupabaseWriter {
    const { log, store } = this.storage;
    return createSupabaseWriter({
      log,
      store,
      clock: this.clock,
      ids: new SystemIds(this.clock),
      crash: NO_CRASH_POINTS,
      logger: SILENT_LOGGER,
      secrets: this.secrets,
      send: (request) => this.http.send(request),
      allowPrivateTargets: true,
      ...(this.options && { options: this.options }),
      ...(this.metrics && { metrics: this.metrics }),
    });
  }
}
