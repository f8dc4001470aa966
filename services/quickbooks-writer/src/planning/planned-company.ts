import type { Clock } from '@tillstream/kernel';
import type { EntityName, JsonObject, QuickBooksReads, RemoteResult, WireEntity } from '@tillstream/quickbooks';
import { isOrderDocument } from '../delivery/order/domain/document.js';
import {
  decideEffect,
  type EffectCommand,
  type EffectEvent,
  type EffectIdentity,
  type EffectState,
  effectId,
  evolveEffect,
  initialEffect,
  isUnresolved,
  type Operation,
  parseEffectId,
} from '../ledger/domain/index.js';
import type { CompanyPort, CompanyReader, LedgerPort, ReadCall, Trail } from '../company/company-port.js';
import { type Effect, type EffectEnd, intentOf, isFulfilled, resolveUnknown } from '../ledger/perform-effect.js';
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
 * A company in which names can be created and changed and nothing happens: effects are remembered and answered as
 * QuickBooks would answer, and ledger entries change in memory. Documents of orders are foreseen, not performed.
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
  /** Entries of the order at hand, as look-ups left them. */
  readonly #documents = new Map<string, EffectState>();

  constructor(
    private readonly source: PlanSource,
    private readonly session: PlanSession,
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
    const answer = answerTo(effect, intent.operation, body, before);
    this.effects.push({ identity, entity, operation: intent.operation, body, before, answer });
    if (intent.operation === 'create') this.session.noteNew(answer);
    const remote = effect.remoteOf(answer);
    await this.#execute(id, { type: 'Confirm', revision: state.revision, remote, by: 'reply' });
    return answer;
  }

  async #state(id: string): Promise<EffectState | null> {
    return this.#documents.get(id) ?? this.session.names.get(id) ?? this.source.ledger.state(id);
  }

  async #execute(id: string, command: EffectCommand): Promise<{ state: EffectState; events: readonly EffectEvent[] }> {
    const identity = parseEffectId(id);
    const before = (await this.#state(id)) ?? initialEffect(identity);
    const events = decideEffect(command, before, this.clock.now());
    const state = events.reduce(evolveEffect, before);
    if (events.length > 0) (isOrderDocument(identity.kind) ? this.#documents : this.session.names).set(id, state);
    return { state, events };
  }
}

/** What QuickBooks makes of a name. */
function answerTo({ identity }: Effect, operation: Operation, body: JsonObject, { remote }: EffectState): WireEntity {
  if (operation === 'create') return { Active: true, ...body, Id: newId(identity), SyncToken: '0' };
  const SyncToken = String(Number(remote?.syncToken ?? '0') + 1);
  return { ...body, Id: remote?.id ?? newId(identity), SyncToken };
}
