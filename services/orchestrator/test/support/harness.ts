import {
  allTopicDefinitions,
  COLLECTIONS,
  connectionDocumentId,
  decodeEvent,
  defaultSettings,
  encodeEvent,
  eventId,
  runKey,
  TOPICS,
  type ConnectionDocument,
  type EventType,
  type FactsOf,
  type RunRequest,
  type Settings,
  type SyncEvent,
} from '@tillstream/contracts';
import { NO_CRASH_POINTS, SystemIds, type CrashPoints } from '@tillstream/kernel';
import { type Metrics, SILENT_LOGGER } from '@tillstream/observability';
import { rebuildStates, type Aggregate, type Alarm, type DomainEvent, type StateDocument } from '@tillstream/processor';
import { eventually, openTempStorage, type TempStorage } from '@tillstream/testing';
import { assert } from 'vitest';
import type { EntitySyncState } from '../../src/domain/entity-sync/state.js';
import type { RunState } from '../../src/domain/run/state.js';
import {
  createOrchestrator,
  entitySync,
  ORCHESTRATOR_COLLECTIONS,
  record,
  run,
  runPlan,
  type OpenSource,
  type Orchestrator,
  type OrchestratorLimits,
} from '../../src/index.js';
import { aRequest } from './builders.js';
import { testClock } from './clock.js';
import { FakeRowsWriter } from './fake-rows-writer.js';
import { FakeWriter } from './fake-writer.js';

const COPIES = [
  ...Object.values(COLLECTIONS).map(({ name, indexes }) => ({ name, indexes })),
  ...ORCHESTRATOR_COLLECTIONS,
];

/** The whole service over real storage, with a shop and a writer that are not. */
export class Harness {
  readonly clock = testClock;
  readonly writer = new FakeWriter();
  readonly rows = new FakeRowsWriter();
  readonly alarms: Alarm[] = [];
  readonly #storage: TempStorage;
  #orchestrator: Orchestrator | undefined;
  #seq = 0;

  constructor(
    private readonly openSource: OpenSource,
    private readonly options: {
      readonly crash?: CrashPoints;
      readonly limits?: Partial<OrchestratorLimits>;
      readonly metrics?: Metrics;
    } = {},
  ) {
    this.#storage = openTempStorage({ topics: allTopicDefinitions(), collections: COPIES, clock: this.clock });
  }

  get log() {
    return this.#storage.log;
  }

  get orchestrator(): Orchestrator {
    return this.#orchestrator as Orchestrator;
  }

  async start(ports: Partial<Pick<TempStorage, 'log' | 'store'>> = {}): Promise<void> {
    const { clock, alarms } = this;
    await this.writer.follow(this.log);
    await this.rows.follow(this.log);
    this.#orchestrator = createOrchestrator({
      log: ports.log ?? this.log,
      store: ports.store ?? this.#storage.store,
      clock,
      ids: new SystemIds(clock),
      crash: this.options.crash ?? NO_CRASH_POINTS,
      logger: SILENT_LOGGER,
      secrets: { open: ({ ciphertext }) => ciphertext },
      openSource: this.openSource,
      onAlarm: (alarm) => alarms.push(alarm),
      ...(this.options.metrics === undefined ? {} : { metrics: this.options.metrics }),
      ...(this.options.limits === undefined ? {} : { limits: this.options.limits }),
    });
    await this.#orchestrator.start();
  }

  /** The process is gone: nothing of it writes any more; the files are opened again by a new one. */
  async restart(between: () => void = () => {}): Promise<void> {
    await this.writer.stop();
    await this.rows.stop();
    await this.#orchestrator?.stop().catch(() => {});
    await this.#storage.reopen();
    between();
    await this.start();
  }

  get store() {
    return this.#storage.store;
  }

  async close(): Promise<void> {
    await this.writer.stop();
    await this.rows.stop();
    await this.#orchestrator?.stop();
    await this.#storage.close();
  }

  async connect(
    options: {
      readonly storeUrl?: string;
      readonly epoch?: number;
      readonly key?: string;
      readonly secret?: string;
      readonly tenantId?: string;
    } = {},
  ) {
    const { storeUrl = 'https://shop.example', epoch = 1, key = 'ck', secret = 'cs', tenantId = 'demo' } = options;
    const sealed = (ciphertext: string) => ({ keyVersion: 'k', nonce: 'n', ciphertext });
    await this.#putConnection(tenantId, 'woocommerce', storeUrl, epoch, {
      consumerKey: sealed(key),
      consumerSecret: sealed(secret),
    });
    await this.connectCompany('4620816365', tenantId);
  }

  async connectCompany(realmId: string, tenantId = 'demo'): Promise<void> {
    await this.#putConnection(tenantId, 'quickbooks', realmId, 1, {});
  }

  async connectProject(projectId = 'proj', tenantId = 'demo'): Promise<void> {
    await this.#putConnection(tenantId, 'supabase', projectId, 1, {});
  }

  async settings(change: { readonly orders?: Partial<Settings['orders']> } = {}, tenantId = 'demo'): Promise<void> {
    const settings = defaultSettings();
    const doc = {
      tenantId,
      settings: { ...settings, orders: { ...settings.orders, createdFrom: 'all', ...change.orders } },
    };
    await this.#put(COLLECTIONS.settings.name, tenantId, doc);
  }

  /** Appends a RunRequested as query-api does. */
  async request(over: Partial<RunRequest> & { readonly syncId: string }, tenantId = 'demo'): Promise<void> {
    const request = aRequest({ mode: 'full', ...over });
    const key = runKey(tenantId, request.entity);
    await this.publish(TOPICS.requests.name, key, 'RunRequested', { request }, tenantId);
  }

  async cancel(syncId: string): Promise<void> {
    const facts = { syncId, entity: 'orders', requestedAt: new Date().toISOString() } as const;
    await this.publish(TOPICS.requests.name, runKey('demo', 'orders'), 'RunCancelRequested', facts);
  }

  async publish<T extends EventType>(
    topic: string,
    key: string,
    type: T,
    facts: FactsOf<T>,
    tenantId = 'demo',
  ): Promise<void> {
    const seq = (this.#seq += 1);
    const producer = 'test/api';
    const event = {
      id: eventId(producer, topic, seq),
      type,
      schemaVersion: 1 as const,
      producer,
      seq,
      eventNumber: seq,
    };
    const occurredAt = new Date().toISOString();
    await this.log.append([{ topic, key, value: encodeEvent({ ...event, tenantId, occurredAt, facts }) }]);
  }

  async run(syncId: string): Promise<RunState | undefined> {
    return (await this.store.get<StateDocument<RunState>>('run_state', `demo:${syncId}`))?.doc.state;
  }

  /** Waits until the run's end is published and its slot free. */
  async finished(syncId: string): Promise<void> {
    const slotIsFree = async () => {
      const slot = await this.store.get<StateDocument<EntitySyncState>>('entity_sync', 'demo:orders');
      return slot?.doc.state.active?.syncId !== syncId;
    };
    const isOver = async () => {
      const ends = await this.events(TOPICS.runs.name, 'RunFinished');
      return ends.some(({ facts }) => facts.syncId === syncId) && (await slotIsFree());
    };
    await eventually(isOver, { timeoutMs: 15_000, intervalMs: 20 });
  }

  /** Every event of a type on a topic, in the order of each partition. */
  async events<T extends EventType>(topic: string, type: T): Promise<Extract<SyncEvent, { type: T }>[]> {
    const found: Extract<SyncEvent, { type: T }>[] = [];
    for (const [partition, end] of (await this.log.endOffsets(topic)).entries()) {
      for (let offset = 0; offset < end; ) {
        const records = await this.log.read(topic, partition, offset, 1000);
        const last = records.at(-1);
        if (last === undefined) break;
        for (const { value } of records) {
          const event = decodeEvent(value);
          if (event.type === type) found.push(event as Extract<SyncEvent, { type: T }>);
        }
        offset = last.offset + 1;
      }
    }
    return found;
  }

  /** The last snapshot a run published. */
  async progress(syncId: string): Promise<FactsOf<'RunProgressed'> | undefined> {
    const all = await this.events(TOPICS.runs.name, 'RunProgressed');
    return all.findLast(({ facts }) => facts.syncId === syncId)?.facts;
  }

  /** Every stored state equals the fold of its events on the log (I5), as soon as the last outbox is appended. */
  everyStateIsItsFold(): Promise<boolean> {
    return eventually(async () => {
      await this.#compareStates(entitySync);
      await this.#compareStates(run);
      await this.#compareStates(record);
      await this.#compareStates(runPlan);
      return true;
    });
  }

  async #compareStates<S, I, E extends DomainEvent>(aggregate: Aggregate<S, I, E>): Promise<void> {
    const topics = Object.values(TOPICS).map(({ name }) => name);
    const rebuilt = await rebuildStates(aggregate, this.log, topics);
    const stored = await this.store.getMany<StateDocument<S>>(aggregate.name, [...rebuilt.keys()]);
    const folds = [...rebuilt].map(([id, { state }]): [string, unknown] => [id, JSON.parse(JSON.stringify(state))]);
    assert.equal(rebuilt.size, await this.store.count(aggregate.name));
    assert.deepEqual(
      Object.fromEntries(folds),
      Object.fromEntries([...stored].map(([id, { doc }]) => [id, doc.state])),
    );
  }

  async #putConnection(
    tenantId: string,
    platform: 'woocommerce' | 'quickbooks' | 'supabase',
    identity: string,
    identityEpoch: number,
    secrets: ConnectionDocument['secrets'],
  ) {
    const now = new Date().toISOString();
    const doc: ConnectionDocument = {
      tenantId,
      platform,
      connectionId: `conn_${platform}`,
      identity,
      identityKey: `${platform}:${identity}`,
      identityEpoch,
      config: {},
      secrets,
      secretsVersion: 1,
      status: 'connected',
      detail: null,
      checks: [],
      lastCheckedAt: null,
      createdAt: now,
      updatedAt: now,
    };
    await this.#put(COLLECTIONS.connections.name, connectionDocumentId(tenantId, platform), doc);
  }

  async #put(collection: string, id: string, doc: object): Promise<void> {
    await this.store.bulkWrite([{ op: 'put', collection, id, doc, expectedVersion: null }]);
  }
}
