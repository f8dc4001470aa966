import { type Clock, minorDigits } from '@tillstream/kernel';
import {
  type CompanyProfile,
  type EntityName,
  type JsonObject,
  predictTotals,
  type QuickBooksReads,
  type RemoteResult,
  type WireEntity,
  wireAmount,
} from '@tillstream/quickbooks';
import {
  decideEffect,
  type EffectCommand,
  type EffectEvent,
  type EffectIdentity,
  type EffectState,
  effectId,
  evolveEffect,
  initialEffect,
  type Operation,
  parseEffectId,
} from '../ledger/domain/index.js';
import type { CompanyPort, CompanyReader, LedgerPort, ReadCall, Trail } from '../company/company-port.js';
import {
  type Effect,
  type EffectEnd,
  intentOf,
  isFulfilled,
  isUnresolved,
  resolveUnknown,
} from '../ledger/perform-effect.js';
import { deferral } from '../company/trouble.js';
import { newId, type PlanSession } from './plan-session.js';

/** What planning may use of a company: nothing of it can change anything. */
export interface PlanSource {
  readonly tenantId: string;
  readonly realmId: string;
  readonly reader: CompanyReader;
  readonly ledger: Pick<LedgerPort, 'state'>;
  readonly clock: Clock;
}

/** One request that a real run would send. */
export interface PlannedEffect {
  readonly identity: EffectIdentity;
  readonly entity: EntityName;
  readonly operation: Operation;
  readonly body: JsonObject;
  /** The entry before it. */
  readonly before: EffectState;
  readonly answer: WireEntity;
}

const MAX_TURNS = 4;

/**
 * A company in which everything can be performed and nothing happens: the delivery of a record runs on it as on the
 * real one, effects are remembered and answered as QuickBooks is predicted to answer, ledger entries change in memory.
 */
export class PlannedCompany implements CompanyPort {
  readonly tenantId: string;
  readonly realmId: string;
  readonly clock: Clock;
  readonly ledger: LedgerPort;
  readonly effects: PlannedEffect[] = [];
  /** Records are planned one at a time: there is nobody to wait for. */
  readonly names: CompanyPort['names'] = { run: (_lane, work) => work() };
  readonly shared: CompanyPort['shared'] = { run: (_key, work) => work() };
  readonly #documents = new Map<string, EffectState>();

  constructor(
    private readonly source: PlanSource,
    private readonly session: PlanSession,
    private readonly profile: CompanyProfile,
  ) {
    this.tenantId = source.tenantId;
    this.realmId = source.realmId;
    this.clock = source.clock;
    this.ledger = { state: (id) => this.#state(id), execute: (id, command) => this.#execute(id, command) };
  }

  read<T>(trail: Trail, call: ReadCall<T>): Promise<RemoteResult<T>> {
    return this.source.reader.read(trail, (api, caller) => call(this.#withPlanned(api), caller));
  }

  /** What earlier records of the run would create is there to be read. */
  #withPlanned(api: QuickBooksReads): QuickBooksReads {
    const readById: QuickBooksReads['readById'] = (caller, entity, id) => {
      const planned = this.session.newName(id);
      return planned
        ? Promise.resolve({ kind: 'ok', entity: planned, traceId: null })
        : api.readById(caller, entity, id);
    };
    return {
      readById,
      query: (caller, query) => api.query(caller, query),
      queryAll: (caller, query) => api.queryAll(caller, query),
      companyInfo: (caller) => api.companyInfo(caller),
      preferences: (caller) => api.preferences(caller),
    };
  }

  pausedUntil(): number {
    return this.source.reader.pausedUntil();
  }

  async perform(_trail: Trail, effect: Effect): Promise<EffectEnd> {
    const id = effectId(effect.identity);
    let answer: WireEntity | null = null;
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const state = (await this.#state(id)) ?? initialEffect(effect.identity);
      if (isFulfilled(state, effect)) return { kind: 'done', state, remote: state.remote, answer };
      answer = isUnresolved(state) ? await resolveUnknown(this, state, effect) : await this.#imagine(id, state, effect);
    }
    throw deferral('quickbooks_busy', 'This document changes hands right now; it is looked at again.');
  }

  /** As `performEffect` sends it, with the predicted answer in place of the request. */
  async #imagine(id: string, before: EffectState, effect: Effect): Promise<WireEntity> {
    const { requestIdOf, recreate, identity, entity } = effect;
    const intent = intentOf(before, effect);
    const { state, events } = await this.#execute(id, {
      type: 'Intend',
      ...intent,
      requestIdOf,
      ownerEpoch: before.ownerEpoch,
      requestDeadlineMs: 0,
      settleMarginMs: 0,
      ...(recreate === true && { recreate }),
    });
    if (events.length === 0) throw deferral('quickbooks_busy', 'This document changes hands right now.');
    const body = JSON.parse(intent.body) as JsonObject;
    const answer = this.#answer(effect, intent.operation, body, before);
    this.effects.push({ identity, entity, operation: intent.operation, body, before, answer });
    if (intent.operation === 'create' && !isDocument(identity)) this.session.noteNew(answer);
    const remote = effect.remoteOf(answer);
    await this.#execute(id, { type: 'Confirm', revision: state.revision, remote, by: 'reply' });
    return answer;
  }

  #answer({ identity, entity }: Effect, operation: Operation, body: JsonObject, before: EffectState): WireEntity {
    if (operation === 'create')
      return { Active: true, ...body, ...this.#totals(entity, body), Id: newId(identity), SyncToken: '0' };
    const Id = before.remote?.id ?? newId(identity);
    const isTakenBack = operation === 'void' || operation === 'delete';
    const totals = isTakenBack ? { TotalAmt: 0, PrivateNote: 'Voided' } : this.#totals(entity, body);
    return { ...body, ...totals, Id, SyncToken: String(Number(before.remote?.syncToken ?? '0') + 1) };
  }

  #totals(entity: EntityName, body: JsonObject): JsonObject {
    if (entity === 'Payment') return { UnappliedAmt: 0 };
    if (entity !== 'Invoice') return {};
    const { homeCurrency } = this.profile;
    const predicted = predictTotals(body, this.profile, homeCurrency);
    if (predicted.kind === 'unpredictable') return {};
    const digits = minorDigits(homeCurrency);
    const detail = body['TxnTaxDetail'] as JsonObject | undefined;
    return {
      TotalAmt: wireAmount(predicted.totalMinor, digits),
      TxnTaxDetail: { ...detail, TotalTax: wireAmount(predicted.taxMinor, digits) },
    };
  }

  async #state(id: string): Promise<EffectState | null> {
    return this.#documents.get(id) ?? this.session.names.get(id) ?? this.source.ledger.state(id);
  }

  async #execute(id: string, command: EffectCommand): Promise<{ state: EffectState; events: readonly EffectEvent[] }> {
    const identity = parseEffectId(id);
    const before = (await this.#state(id)) ?? initialEffect(identity);
    const events = decideEffect(command, before, this.clock.now());
    const state = events.reduce(evolveEffect, before);
    if (events.length > 0) (isDocument(identity) ? this.#documents : this.session.names).set(id, state);
    return { state, events };
  }
}

/** An order's own document; the others are names that records share. */
export function isDocument({ kind }: Pick<EffectIdentity, 'kind'>): boolean {
  return kind === 'invoice' || kind === 'payment';
}
