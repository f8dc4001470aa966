import { type SyncEvent, TOPICS, type WorkPayload } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import type { Subscription } from '@tillstream/event-log';
import { asError } from '@tillstream/kernel';
import { type KeptTrace, traceOf } from '@tillstream/observability';
import {
  type AggregateInput,
  consume,
  createAggregateRuntime,
  type DecodedRecord,
  sourceOf,
  type StateDocument,
} from '@tillstream/processor';
import { Commands, isCommand } from './application/commands.js';
import { Consent } from './application/consent.js';
import { type LeaseDocument, LEASES_COLLECTION } from './application/lease.js';
import { recordIn } from './application/deliver-record.js';
import { measuredLedger } from './application/measured-ledger.js';
import { PLAN_BATCH, Plans } from './application/planning/plans.js';
import { Realm, type RealmParts } from './application/realm.js';
import { loadTenantConfig } from './application/realm-config.js';
import type { QueuedWork } from './application/realm-scheduler.js';
import { type WatchedCompany, writerMetrics } from './application/writer-metrics.js';
import type { WriterDeps } from './application/writer-parts.js';
import { effectLedger } from './domain/effect-ledger/index.js';
import { quickbooksWork, WORK_COLLECTION, type WorkCommand, workId, type WorkState } from './domain/work/index.js';
import { DEFAULT_WRITER_OPTIONS } from './options.js';

/** Consumer groups: stored state, renaming one re-reads everything. */
const GROUPS = {
  work: 'quickbooks-writer-work',
  config: 'quickbooks-writer-config',
  commands: 'quickbooks-writer-commands',
  plan: 'quickbooks-writer-plan',
} as const;
const PAGE = 500;

export interface QuickBooksWriter {
  /** Recovers outboxes, reloads open work, then consumes. */
  start(): Promise<void>;
  /** Stops intake, lets deliveries in flight finish (bounded) and writes down what is published. */
  stop(): Promise<void>;
  health(): { readonly ok: boolean; readonly reasons: readonly string[] };
  /** Records with work that is not settled, over all companies (readiness, tests, benchmarks). */
  openWork(): number;
}

/** The service that says everything said to QuickBooks: work in, effects out, results back (design section 2). */
export function createQuickBooksWriter(deps: WriterDeps): QuickBooksWriter {
  return new Writer(deps);
}

class Writer implements QuickBooksWriter {
  readonly #parts: RealmParts;
  readonly #commands: Commands;
  readonly #plans: Plans;
  readonly #realms = new Map<string, Realm>();
  #subscriptions: readonly Subscription[] = [];
  #unwatch = () => {};

  constructor(private readonly deps: WriterDeps) {
    const { store, log, clock, crash, logger, secrets, ids, metrics } = deps;
    const runtime = { store, log, clock, crash, logger };
    const measures = writerMetrics(metrics);
    this.#parts = {
      deps,
      options: { ...DEFAULT_WRITER_OPTIONS, ...deps.options },
      ledger: measuredLedger(createAggregateRuntime(effectLedger, runtime), measures.effect),
      works: createAggregateRuntime(quickbooksWork, runtime),
      metrics: measures,
    };
    const consent = new Consent({ store, secrets, clock, ids });
    const plannerOf = (tenantId: string, realmId: string) => this.#realm(tenantId, realmId).planner;
    this.#plans = new Plans({ log, clock, logger, plannerOf });
    this.#commands = new Commands({ log, clock, logger, consent, realmOf: (tenantId) => this.#currentRealm(tenantId) });
  }

  async start(): Promise<void> {
    const { log, logger, crash } = this.deps;
    await this.#parts.ledger.recover();
    await this.#parts.works.recover();
    await this.#reloadOpenWork();
    await this.#awakenKnownCompanies();
    this.#unwatch = this.#parts.metrics.watch(() => this.#watched());
    const common = { log, logger, crash };
    this.#subscriptions = await Promise.all([
      consume({
        ...common,
        group: GROUPS.commands,
        topics: [TOPICS.writerCommands.name],
        handle: async (records) => {
          const commands = records.map(({ event }) => event).filter(isCommand);
          await Promise.all(commands.map((command) => this.#commands.serve(command)));
        },
      }),
      consume({
        ...common,
        group: GROUPS.config,
        topics: [TOPICS.config.name],
        handle: (records) => this.#configure(records),
      }),
      consume({
        ...common,
        group: GROUPS.work,
        topics: [TOPICS.workQuickBooks.name],
        handle: (records) => this.#accept(records),
      }),
      consume({
        ...common,
        group: GROUPS.plan,
        topics: [TOPICS.planQuickBooks.name],
        maxBatch: PLAN_BATCH,
        handle: (records, signal) => this.#plans.serve(records, signal),
      }),
    ]);
  }

  async stop(): Promise<void> {
    this.#unwatch();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    await Promise.all([...this.#realms.values()].map((realm) => realm.stop()));
    await this.#parts.ledger.settleOutboxes();
    await this.#parts.works.settleOutboxes();
  }

  health(): { ok: boolean; reasons: string[] } {
    const reasons = this.#subscriptions.flatMap(({ lastError }) =>
      lastError ? [`quickbooks-writer: ${lastError.message}`] : [],
    );
    return { ok: reasons.length === 0, reasons };
  }

  openWork(): number {
    let open = 0;
    for (const { scheduler } of this.#realms.values()) open += scheduler.size;
    return open;
  }

  *#watched(): Generator<WatchedCompany> {
    for (const { company, scheduler } of this.#realms.values()) {
      yield { breaker: company.parts.breaker.state, work: scheduler.places() };
    }
  }

  /** D10: consuming only makes the work durable; the realm's scheduler delivers it later. */
  async #accept(records: readonly DecodedRecord[]): Promise<void> {
    const inputs: AggregateInput<WorkCommand>[] = [];
    const traces: KeptTrace[] = [];
    for (const { event, topic, headers } of records) {
      if (event.type !== 'WorkRequested') continue;
      const { facts: request, tenantId } = event;
      const id = workId({ tenantId, realmId: request.realmId, entity: request.entity, sourceId: request.sourceId });
      const record = recordOf(event);
      if (record === null) {
        this.deps.logger.error({ id, eventId: event.id }, 'work without its record was dropped');
        continue;
      }
      inputs.push({ id, input: { type: 'Accept', request, record }, source: sourceOf(event, topic) });
      traces.push(traceOf(headers));
    }
    const results = await this.#parts.works.handle(inputs);
    for (const [index, { state, events }] of results.entries()) {
      if (events.length > 0) this.#enqueue(state, traces[index]);
    }
  }

  #enqueue(state: WorkState, inTrace?: KeptTrace): void {
    const work = queuedWork(state);
    if (!work) return;
    const { tenantId, realmId } = state.identity;
    this.#realm(tenantId, realmId).scheduler.enqueue(inTrace ? { ...work, inTrace } : work);
  }

  async #configure(records: readonly DecodedRecord[]): Promise<void> {
    const tenants = new Set<string>();
    for (const { event } of records) {
      if (event.type === 'ConnectionChanged' || event.type === 'SettingsChanged') tenants.add(event.tenantId);
    }
    const affected = [...this.#realms.values()].filter(({ tenantId }) => tenants.has(tenantId));
    await Promise.all(affected.map((realm) => realm.reload()));
  }

  async #reloadOpenWork(): Promise<void> {
    const open = documentsOf<StateDocument<WorkState>>(this.deps.store, WORK_COLLECTION, { open: true });
    for await (const { state } of open) this.#restore(state);
  }

  /** Companies of earlier starts are looked through for what may have happened meanwhile, work or not (D14). */
  async #awakenKnownCompanies(): Promise<void> {
    const { store, logger } = this.deps;
    for await (const { tenantId, realmId } of documentsOf<LeaseDocument>(store, LEASES_COLLECTION)) {
      this.#realm(tenantId, realmId);
    }
    await Promise.all(
      [...this.#realms.values()].map(async (realm) => {
        try {
          await realm.awaken();
        } catch (thrown) {
          logger.warn({ realmId: realm.realmId, err: asError(thrown) }, 'company could not be loaded yet');
        }
      }),
    );
  }

  #restore(state: WorkState): void {
    const work = queuedWork(state);
    if (!work) return;
    const { scheduler } = this.#realm(state.identity.tenantId, state.identity.realmId);
    if (state.status === 'parked') scheduler.restore(work, { kind: 'parked' });
    else if (state.nextAttemptAtMs !== null) scheduler.restore(work, { kind: 'deferred', atMs: state.nextAttemptAtMs });
    else scheduler.enqueue(work);
  }

  #realm(tenantId: string, realmId: string): Realm {
    const key = `${tenantId}:${realmId}`;
    const known = this.#realms.get(key);
    if (known) return known;
    const realm = new Realm(tenantId, realmId, this.#parts);
    this.#realms.set(key, realm);
    return realm;
  }

  async #currentRealm(tenantId: string): Promise<Realm | null> {
    const config = await loadTenantConfig(this.deps.store, tenantId);
    if (!config) return null;
    const realm = this.#realm(tenantId, config.quickbooks.identity);
    await realm.reload();
    return realm;
  }
}

async function* documentsOf<T extends object>(
  store: DocumentStore,
  collection: string,
  where: Readonly<Record<string, boolean>> = {},
): AsyncGenerator<T> {
  let cursor: string | null = null;
  do {
    const page: { items: readonly { doc: T }[]; nextCursor: string | null } = await store.find<T>(collection, {
      where,
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const { doc } of page.items) yield doc;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

function queuedWork(state: WorkState): QueuedWork | null {
  const { identity, request, order } = state;
  if (!request || recordIn(state) === null) return null;
  return { id: workId(identity), lane: request.lane, number: order ? order.number || order.id : null };
}

/** The one record that the work is about; null when it is missing. */
function recordOf(event: Extract<SyncEvent, { type: 'WorkRequested' }>): WorkPayload | null {
  const { order, customer, product } = (event.payload ?? {}) as WorkPayload;
  switch (event.facts.entity) {
    case 'orders':
      return order ? { order } : null;
    case 'customers':
      return customer ? { customer } : null;
    case 'products':
      return product ? { product } : null;
  }
}
