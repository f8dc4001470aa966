import {
  allTopicDefinitions,
  type CanonicalOrder,
  COLLECTIONS,
  type ConnectionDocument,
  defaultSettings,
  decodeEvent,
  encodeEvent,
  type EventType,
  eventId,
  type FactsOf,
  type PlanPayload,
  type Settings,
  type StoredEvent,
  type SyncEvent,
  TOPICS,
  type WorkPayload,
  type WorkSettled,
} from '@tillstream/contracts';
import { createSecrets, generateMasterKey, type Secrets } from '@tillstream/credentials';
import type { DocumentStore } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import { createHttpClient, type HttpClient } from '@tillstream/http-client';
import { type Clock, contentHash, type CrashPoints, NO_CRASH_POINTS, SystemClock, SystemIds } from '@tillstream/kernel';
import { type Metrics, SILENT_LOGGER } from '@tillstream/observability';
import { type CompanyOptions, type Ledger, QuickBooksSandbox } from '@tillstream/sandbox';
import { eventually, openTempStorage, type TempStorage } from '@tillstream/testing';
import {
  createQuickBooksWriter,
  QUICKBOOKS_WRITER_COLLECTIONS,
  type QuickBooksWriter,
  type WriterDeps,
} from '../src/index.js';

export const TENANT = 'default';
export const REALM = '9130001';
const CONNECTION = { tenantId: TENANT, connectionId: 'con_qbo' };
const APP = { clientId: 'app', clientSecret: 'app-secret', redirectUris: ['https://till.example/callback'] };
/** 20 ms of real jitter on the harness' clock. */
const FAST_CLOCK_MARGIN_MS = 1_200;
const NAMES = [COLLECTIONS.connections, COLLECTIONS.settings];

export interface HarnessOptions {
  readonly company?: Partial<CompanyOptions>;
  readonly settings?: (settings: Settings) => Settings;
  readonly options?: WriterDeps['options'];
  readonly crash?: CrashPoints;
  /** Times faster than real: 60 makes QuickBooks' minutes seconds. */
  readonly factor?: number;
  readonly clock?: Clock;
  readonly metrics?: Metrics;
  /** The store as one that other processes write too, as in the distributed deployment. */
  readonly sharedStore?: boolean;
  readonly wrapLog?: (log: EventLog) => EventLog;
  readonly oauth?: NonNullable<Parameters<typeof QuickBooksSandbox.start>[0]['oauth']>;
  readonly wrapSend?: (send: WriterDeps['send']) => WriterDeps['send'];
}

export type Settled = WorkSettled & { readonly type: 'WorkSettled' };

/** The whole service over real HTTP against the QuickBooks sandbox, on the real embedded storage. */
export class Harness {
  #version = 1_000;
  #seq = 0;
  #life = { dead: false };
  #writer: QuickBooksWriter;
  readonly #ids: SystemIds;

  private constructor(
    readonly clock: Clock,
    readonly storage: TempStorage,
    readonly sandbox: QuickBooksSandbox,
    readonly http: HttpClient,
    readonly secrets: Secrets,
    private readonly given: HarnessOptions,
  ) {
    this.#ids = new SystemIds(clock);
    this.#writer = this.#create();
  }

  static async start(options: HarnessOptions = {}): Promise<Harness> {
    const clock = options.clock ?? new SystemClock(options.factor ?? 60);
    const sandbox = await QuickBooksSandbox.start({
      clock,
      companies: [{ realmId: REALM, country: 'US', ...options.company }],
      app: APP,
      ...(options.oauth && { oauth: options.oauth }),
    });
    const names = new Set(QUICKBOOKS_WRITER_COLLECTIONS.map(({ name }) => name));
    const shared = NAMES.filter(({ name }) => !names.has(name));
    const storage = openTempStorage({
      clock,
      topics: allTopicDefinitions(),
      collections: [...shared, ...QUICKBOOKS_WRITER_COLLECTIONS],
    });
    const http = createHttpClient({ clock, allowPrivateTargets: true });
    const secrets = createSecrets({ current: generateMasterKey() });
    const harness = new Harness(clock, storage, sandbox, http, secrets, options);
    await harness.connect(sandbox.control.issueRefreshToken(REALM));
    await harness.putSettings(options.settings ?? ((settings) => settings));
    await harness.#writer.start();
    return harness;
  }

  /** The log as the service and its neighbours use it. */
  get log(): EventLog {
    const { wrapLog = (log) => log } = this.given;
    return wrapLog(this.storage.log);
  }

  get control() {
    return this.sandbox.control;
  }

  ledger(): Ledger {
    return this.sandbox.control.ledger(REALM);
  }

  /** What API clients wrote; seeds are the company's own. */
  writes(): Ledger['writes'] {
    return this.ledger().writes.filter(({ by }) => by !== 'seed');
  }

  live(): { invoices: Ledger['invoices']; payments: Ledger['payments'] } {
    const { invoices, payments } = this.ledger();
    return {
      invoices: invoices.filter(({ state }) => state === 'live'),
      payments: payments.filter(({ state }) => state === 'live'),
    };
  }

  async connect(refreshToken: string | null, secretsVersion = 1, realmId = REALM): Promise<void> {
    const now = new Date(this.clock.now()).toISOString();
    const common = {
      tenantId: TENANT,
      identityEpoch: 1,
      secretsVersion,
      status: 'connected' as const,
      detail: null,
      checks: [],
      lastCheckedAt: null,
      createdAt: now,
      updatedAt: now,
    };
    const quickbooks: ConnectionDocument = {
      ...common,
      platform: 'quickbooks',
      connectionId: CONNECTION.connectionId,
      identity: realmId,
      identityKey: `quickbooks:${realmId}`,
      config: {
        environment: 'sandbox',
        realmId,
        clientId: APP.clientId,
        apiBaseUrl: this.sandbox.apiBaseUrl,
        tokenUrl: this.sandbox.tokenUrl,
        authorizeUrl: this.sandbox.authorizeUrl,
      },
      secrets: {
        clientSecret: this.secrets.seal(APP.clientSecret, CONNECTION),
        ...(refreshToken === null ? {} : { refreshToken: this.secrets.seal(refreshToken, CONNECTION) }),
      },
    };
    const shop: ConnectionDocument = {
      ...common,
      platform: 'woocommerce',
      connectionId: 'con_woo',
      identity: 'https://shop.example',
      identityKey: 'woocommerce:https://shop.example',
      config: {},
      secrets: {},
    };
    await this.#put(COLLECTIONS.connections.name, `${TENANT}:quickbooks`, quickbooks);
    await this.#put(COLLECTIONS.connections.name, `${TENANT}:woocommerce`, shop);
  }

  async putSettings(change: (settings: Settings) => Settings): Promise<void> {
    const doc = { tenantId: TENANT, settings: change(defaultSettings()) };
    await this.#put(COLLECTIONS.settings.name, TENANT, doc);
  }

  /** Sends orders as the orchestrator does. */
  send(orders: readonly CanonicalOrder[], change: Partial<FactsOf<'WorkRequested'>> = {}): Promise<void> {
    return this.sendRecords(
      orders.map((order) => ({ order })),
      change,
    );
  }

  /** Sends work as the orchestrator does. */
  async sendRecords(payloads: readonly WorkPayload[], change: Partial<FactsOf<'WorkRequested'>> = {}): Promise<void> {
    const topic = TOPICS.workQuickBooks.name;
    const records = payloads.map((payload) => {
      this.#version += 1;
      const { entity, sourceId, content } = subjectOf(payload);
      const facts: FactsOf<'WorkRequested'> = {
        entity,
        sourceId,
        realmId: REALM,
        sourceVersion: this.#version,
        contentHash: contentHash(content),
        lane: 'backfill',
        syncId: 'run_1',
        reason: 'changed',
        recreate: false,
        ...change,
      };
      return {
        topic,
        key: `${TENANT}:${REALM}`,
        value: encodeEvent(this.#event(`record_state/${entity}:${sourceId}`, topic, 'WorkRequested', facts, payload)),
      };
    });
    await this.log.append(records);
  }

  /** Asks for the plan of these records as a dry run does; the answers in the same order. */
  async plan(
    payloads: readonly WorkPayload[],
    syncId = 'run_dry',
    timeoutMs = 20_000,
  ): Promise<readonly (FactsOf<'PlanAnswered'> & PlanPayload)[]> {
    const topic = TOPICS.planQuickBooks.name;
    const records = payloads.map((work, ordinal) => {
      const { entity, sourceId, content } = subjectOf(work);
      const facts: FactsOf<'PlanRequested'> = {
        syncId,
        ordinal,
        target: 'quickbooks',
        entity,
        sourceId,
        sourceNumber: sourceId,
        remoteName: REALM,
        contentHash: contentHash(content),
      };
      const event = this.#event(`run_plan/${syncId}`, topic, 'PlanRequested', facts, { work });
      return { topic, key: `${TENANT}:${REALM}`, value: encodeEvent(event) };
    });
    await this.storage.log.append(records);
    return eventually(
      async () => {
        const answers = (await this.events(TOPICS.planAnswers.name)).flatMap((event) =>
          event.type === 'PlanAnswered' && event.facts.syncId === syncId
            ? [{ ...event.facts, ...(event.payload as unknown as PlanPayload) }]
            : [],
        );
        const byOrdinal = new Map(answers.map((answer) => [answer.ordinal, answer]));
        const all = payloads.flatMap((_payload, ordinal) => byOrdinal.get(ordinal) ?? []);
        return all.length === payloads.length ? all : null;
      },
      { timeoutMs, intervalMs: 20 },
    );
  }

  async publish<T extends EventType>(topic: string, type: T, facts: FactsOf<T>): Promise<void> {
    const event = this.#event(`test/${type}`, topic, type, facts);
    await this.storage.log.append([{ topic, key: TENANT, value: encodeEvent(event) }]);
  }

  /** Every event of a topic so far. */
  async events(topic: string): Promise<SyncEvent[]> {
    const ends = await this.storage.log.endOffsets(topic);
    const partitions = await Promise.all(
      ends.map(async (end, partition) => (end === 0 ? [] : this.storage.log.read(topic, partition, 0, 10_000))),
    );
    return partitions.flat().map(({ value }) => decodeEvent(value));
  }

  /** The latest result of each record so far, by source id. */
  async results(): Promise<ReadonlyMap<string, WorkSettled>> {
    const settled = (await this.events(TOPICS.results.name)).filter((event) => event.type === 'WorkSettled');
    return new Map(settled.map(({ facts }) => [facts.sourceId, facts]));
  }

  /** The latest result of each record, by source id, once all of `sourceIds` have one (or `count` results each). */
  async settled(
    sourceIds: readonly string[],
    count = 1,
    timeoutMs = 20_000,
  ): Promise<ReadonlyMap<string, WorkSettled>> {
    return eventually(
      async () => {
        const bySource = new Map<string, WorkSettled[]>();
        for (const event of await this.events(TOPICS.results.name)) {
          if (event.type !== 'WorkSettled') continue;
          bySource.set(event.facts.sourceId, [...(bySource.get(event.facts.sourceId) ?? []), event.facts]);
        }
        if (!sourceIds.every((id) => (bySource.get(id)?.length ?? 0) >= count)) return null;
        return new Map([...bySource].flatMap(([id, all]) => (all.at(-1) ? [[id, all.at(-1) as WorkSettled]] : [])));
      },
      { timeoutMs, intervalMs: 20 },
    );
  }

  /** Sends one order and returns how it ended. */
  deliver(order: CanonicalOrder, change: Partial<FactsOf<'WorkRequested'>> = {}): Promise<WorkSettled> {
    return this.deliverRecord({ order }, change);
  }

  /** Sends one record and returns how it ended. */
  async deliverRecord(payload: WorkPayload, change: Partial<FactsOf<'WorkRequested'>> = {}): Promise<WorkSettled> {
    const { entity, sourceId } = subjectOf(payload);
    const resultsOf = async () =>
      (await this.events(TOPICS.results.name)).flatMap((event) =>
        event.type === 'WorkSettled' && event.facts.entity === entity && event.facts.sourceId === sourceId
          ? [event.facts]
          : [],
      );
    const before = (await resultsOf()).length;
    await this.sendRecords([payload], change);
    return eventually(async () => (await resultsOf())[before] ?? null, { timeoutMs: 20_000, intervalMs: 20 });
  }

  /** Stops the service and starts it again on what it stored, as after a crash (nothing of its memory is kept). */
  async restart(): Promise<void> {
    await this.#writer.stop();
    this.#writer = this.#create();
    await this.#writer.start();
  }

  /** From now on nothing the service does reaches storage or network, and nothing it waits for comes: a dead process. */
  kill(): void {
    this.#life.dead = true;
  }

  /** Starts another service on what the dead one left. */
  async startAnother(): Promise<void> {
    void this.#writer.stop();
    this.#life = { dead: false };
    // Here both are one process: the dead one's place in its groups is free once its stop got there.
    await eventually(async () => {
      this.#writer = this.#create();
      await this.#writer.start();
      return true;
    });
  }

  /** The data folder is lost, the company and the connection are not. */
  async loseState(): Promise<void> {
    await this.#writer.stop();
    const { store } = this.storage;
    for (const { name } of QUICKBOOKS_WRITER_COLLECTIONS) {
      const { items } = await store.find(name, { limit: 1000 });
      await store.bulkWrite(items.map(({ id }) => ({ op: 'delete', collection: name, id, expectedVersion: null })));
    }
    await this.connect(this.control.issueRefreshToken(REALM), 9);
    this.#writer = this.#create();
    await this.#writer.start();
  }

  /** A person agrees in the browser: the code and state that come back. */
  async consent(authorizeUrl: string): Promise<{ code: string; state: string }> {
    const answer = await fetch(authorizeUrl, { redirect: 'manual' });
    const location = new URL(answer.headers.get('location') ?? '');
    return { code: location.searchParams.get('code') ?? '', state: location.searchParams.get('state') ?? '' };
  }

  get writer(): QuickBooksWriter {
    return this.#writer;
  }

  async close(): Promise<void> {
    await this.#writer.stop();
    await this.http.close();
    await this.sandbox.close();
    await this.storage.close();
  }

  #create(): QuickBooksWriter {
    const life = this.#life;
    const log = mortal(this.log, life);
    const store = mortal(this.given.sharedStore ? shared(this.storage.store) : this.storage.store, life);
    const { crash = NO_CRASH_POINTS, options, wrapSend = (send) => send } = this.given;
    const { send } = mortal({ send: wrapSend((request) => this.http.send(request)) }, life);
    return createQuickBooksWriter({
      log,
      store,
      clock: this.clock,
      ids: this.#ids,
      crash,
      logger: process.env['DEBUG'] ? consoleLogger : SILENT_LOGGER,
      secrets: this.secrets,
      send,
      ...(this.given.metrics && { metrics: this.given.metrics }),
      options: { budgetMarginMs: FAST_CLOCK_MARGIN_MS, ...options },
    });
  }

  async #put(collection: string, id: string, doc: object): Promise<void> {
    await this.storage.store.bulkWrite([{ op: 'put', collection, id, doc, expectedVersion: null }]);
  }

  #event<T extends EventType>(
    producer: string,
    topic: string,
    type: T,
    facts: FactsOf<T>,
    payload?: object,
  ): StoredEvent {
    this.#seq += 1;
    return {
      id: eventId(producer, topic, this.#seq),
      type,
      schemaVersion: 1,
      producer,
      seq: this.#seq,
      eventNumber: this.#seq,
      tenantId: TENANT,
      occurredAt: new Date(this.clock.now()).toISOString(),
      facts,
      ...(payload && { payload: payload as Record<string, unknown> }),
    };
  }
}

function subjectOf({ order, customer, product }: WorkPayload) {
  const [entity, content] = order
    ? (['orders', order] as const)
    : customer
      ? (['customers', customer] as const)
      : (['products', product] as const);
  if (!content) throw new TypeError('a payload has one record');
  return { entity, content, sourceId: `${content.source}:${content.id}` };
}

/** The same store, where nobody may conclude that no other process writes. */
export function shared(store: DocumentStore): DocumentStore {
  return new Proxy(store, {
    get: (object, name) => {
      if (name === 'exclusive') return false;
      const value: unknown = Reflect.get(object, name);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}

/** Calls of a dead owner never return, those that run when it dies included. */
export function mortal<T extends object>(target: T, life: { readonly dead: boolean }): T {
  return new Proxy(target, {
    get: (object, name) => {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        if (life.dead) await never;
        const result: unknown = await Reflect.apply(value, object, args);
        if (life.dead) await never;
        return result;
      };
    },
  });
}
const never = new Promise<void>(() => {});

const consoleLogger = {
  debug: () => {},
  info: (fields: object, message: string) => console.log(message, JSON.stringify(fields)),
  warn: (fields: object, message: string) => console.log(message, fields),
  error: (fields: object, message: string) => console.log(message, fields),
  child: () => consoleLogger,
};
