import { reconfiguredTenant, type SyncEvent, TOPICS, type WorkPayload } from '@tillstream/contracts';
import type { LogRecord, Subscription } from '@tillstream/event-log';
import { asError } from '@tillstream/kernel';
import { type KeptTrace, traceOf } from '@tillstream/observability';
import {
  type AggregateInput,
  consume,
  type ConsumeOptions,
  createAggregateRuntime,
  type DecodedRecord,
  sourceOf,
} from '@tillstream/processor';
import { Commands, isCommand } from './connection/commands.js';
import { Consent } from './connection/consent.js';
import { Companies } from './company/companies.js';
import { measuredLedger } from './ledger/measured-ledger.js';
import { PLAN_BATCH, Plans } from './planning/plans.js';
import type { Realm, RealmParts } from './company/realm.js';
import { loadTenantConfig } from './company/realm-config.js';
import { writerMetrics } from './writer-metrics.js';
import type { WriterDeps } from './writer-parts.js';
import { type NumberClaim, NumberClaims } from './knowledge/number-claims.js';
import { effectLedger } from './ledger/domain/index.js';
import { quickbooksWork, type WorkCommand, workId } from './queue/work/index.js';
import { DEFAULT_WRITER_OPTIONS } from './options.js';

/** Consumer groups: stored state, renaming one re-reads everything. */
const GROUPS = {
  work: 'quickbooks-writer-work',
  commands: 'quickbooks-writer-commands',
  plan: 'quickbooks-writer-plan',
} as const;

export interface QuickBooksWriter {
  /** Consumes; with the partitions it is given it recovers outboxes and reloads open work, before the first batch. */
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
  readonly #companies: Companies;
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
      numbers: new NumberClaims(store),
      metrics: measures,
    };
    this.#companies = new Companies(this.#parts);
    const consent = new Consent({ store, secrets, clock, ids });
    const plannerOf = (tenantId: string, realmId: string) => this.#companies.realm(tenantId, realmId).planner;
    this.#plans = new Plans({ log, clock, logger, plannerOf });
    this.#commands = new Commands({ log, clock, logger, consent, realmOf: (tenantId) => this.#currentRealm(tenantId) });
  }

  async start(): Promise<void> {
    const { log, logger, crash } = this.deps;
    this.#unwatch = this.#parts.metrics.watch(() => this.#companies.watched());
    const common = { log, logger, crash };
    // What is changed while the companies are loaded must be heard of, so this comes first.
    const config = await log.tail({ topics: [TOPICS.config.name], onRecord: (record) => this.#configure(record) });
    this.#subscriptions = [config];
    const work = await consume({
      ...common,
      group: GROUPS.work,
      topics: [TOPICS.workQuickBooks.name],
      onAssigned: (assignment) => this.#companies.takeOver(assignment),
      handle: (records) => this.#accept(records),
    });
    this.#subscriptions = [config, work, ...(await Promise.all(this.#askedOf(common)))];
  }

  /** Commands and questions: any process can serve them. */
  #askedOf(common: Pick<ConsumeOptions, 'log' | 'logger' | 'crash'>): Promise<Subscription>[] {
    return [
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
        group: GROUPS.plan,
        topics: [TOPICS.planQuickBooks.name],
        maxBatch: PLAN_BATCH,
        handle: (records, signal) => this.#plans.serve(records, signal),
      }),
    ];
  }

  async stop(): Promise<void> {
    this.#unwatch();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    await this.#companies.stop();
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
    return this.#companies.openWork;
  }

  /** D10: consuming only makes the work durable; the realm's scheduler delivers it later. */
  async #accept(records: readonly DecodedRecord[]): Promise<void> {
    const inputs: AggregateInput<WorkCommand>[] = [];
    const traces: KeptTrace[] = [];
    const claims: NumberClaim[] = [];
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
      if (record.order) claims.push({ tenantId, realmId: request.realmId, order: record.order });
    }
    // Numbers first: who has one must be settled before anything of it is sent (B8).
    await this.#parts.numbers.claim(claims);
    const results = await this.#parts.works.handle(inputs);
    for (const [index, { state, events }] of results.entries()) {
      if (events.length > 0) this.#companies.enqueue(state, traces[index]);
    }
  }

  #configure({ value }: LogRecord): void {
    const { logger } = this.deps;
    const tenantId = reconfiguredTenant(value);
    if (tenantId === null) return;
    this.#companies.reload(new Set([tenantId])).catch((thrown: unknown) => {
      logger.warn({ tenantId, err: asError(thrown) }, 'a changed configuration could not be read yet');
    });
  }

  async #currentRealm(tenantId: string): Promise<Realm | null> {
    const config = await loadTenantConfig(this.deps.store, tenantId);
    if (!config) return null;
    const realm = this.#companies.realm(tenantId, config.quickbooks.identity);
    await realm.reload();
    return realm;
  }
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
