import type { FaultInjector, FaultRule, FiredFault } from '../shared/faults.js';
import type { EntityName } from './company.js';
import { rulesOf } from './entities/index.js';
import type { Gateway, Realm } from './http/gateway.js';
import type { JsonObject } from './json.js';
import { type Ledger, ledgerOf } from './ledger.js';
import type { OAuthSwitches, RefreshCounters, TokenBook } from './oauth/tokens.js';
import { addTaxCode, type Seed, seedCompany } from './seed.js';
import type { CompanySwitches, TaxCodeSeed } from './switches.js';
import { type Operation, write } from './writes.js';

/** What a realm has been through, for tests that count. */
export interface RealmStats {
  readonly accepted: number;
  /** 429s caused by the limits (not by fault rules). */
  readonly throttled: number;
  readonly peakInFlight: number;
  readonly inFlight: number;
  /** Callers that left before their answer. */
  readonly hungUp: number;
  /** Requests answered from the memory of requestids. */
  readonly replays: number;
  readonly requests: Readonly<Record<string, number>>;
  readonly oauth: RefreshCounters;
  readonly internalErrors: readonly string[];
}

/** The hand behind the sandbox: what no client of the API could do. The same calls exist under /__sandbox/. */
export class QuickBooksControl {
  constructor(
    private readonly realms: ReadonlyMap<string, Realm>,
    private readonly tokens: TokenBook,
    private readonly injector: FaultInjector,
    private readonly gateway: Gateway,
  ) {}

  ledger(realmId: string): Ledger {
    return ledgerOf(this.#realm(realmId).company);
  }

  stats(realmId: string): RealmStats {
    const { throttle, requestIds, requests, hungUp } = this.#realm(realmId);
    return {
      accepted: throttle.accepted,
      throttled: throttle.refused,
      peakInFlight: throttle.peakInFlight,
      inFlight: throttle.inFlight,
      hungUp,
      replays: requestIds.replays,
      requests: Object.fromEntries(requests),
      oauth: { ...this.tokens.counters(realmId) },
      internalErrors: this.gateway.internalErrors,
    };
  }

  addFault(rule: FaultRule): string {
    return this.injector.add(rule);
  }

  clearFaults(id?: string): void {
    this.injector.clear(id);
  }

  get faultRules(): FaultInjector['rules'] {
    return this.injector.rules;
  }

  get firedFaults(): readonly FiredFault[] {
    return this.injector.fired;
  }

  /** Puts objects into the books; returns their Ids in order. Throws a Fault for an illegal one. */
  seed(realmId: string, seed: Seed): Partial<Record<EntityName, readonly string[]>> {
    return seedCompany(this.#realm(realmId).company, seed);
  }

  /** Adds a tax code with its rates; returns its Id. */
  addTaxCode(realmId: string, code: TaxCodeSeed): string {
    return addTaxCode(this.#realm(realmId).company, code);
  }

  /** Changes how the company behaves from now on. Throws a RangeError for a switch that does not exist. */
  set(realmId: string, switches: Partial<CompanySwitches>): void {
    assignKnown(this.#realm(realmId).company.switches, switches);
  }

  setOAuth(switches: Partial<OAuthSwitches>): void {
    assignKnown(this.tokens.switches, switches);
  }

  /** A person changes an object in QuickBooks' own screens (sparse, whatever its SyncToken). Returns the new state. */
  editAsPerson(
    realmId: string,
    entity: EntityName,
    id: string,
    patch: JsonObject,
    operation: Operation = 'write',
  ): JsonObject {
    const { company } = this.#realm(realmId);
    const stored = company.get(entity, id);
    const head = { Id: id, SyncToken: String(stored?.syncToken ?? 0), sparse: true };
    return write(company, rulesOf(entity), operation, { ...patch, ...head }, { by: 'person' });
  }

  issueRefreshToken(realmId: string): string {
    this.#realm(realmId);
    return this.tokens.issueRefreshToken(realmId);
  }

  /** A fresh access token without going through the token endpoint; not counted as a refresh. */
  issueAccessToken(realmId: string): string {
    this.#realm(realmId);
    return this.tokens.issueAccessToken(realmId);
  }

  revokeAll(realmId?: string): void {
    this.tokens.revokeAll(realmId);
  }

  expireAccessTokens(realmId?: string): void {
    this.tokens.expireAccessTokens(realmId);
  }

  countryOf(realmId: string): string {
    return this.#realm(realmId).company.switches.country;
  }

  get realmIds(): readonly string[] {
    return [...this.realms.keys()];
  }

  #realm(realmId: string): Realm {
    const realm = this.realms.get(realmId);
    if (!realm) throw new RangeError(`no company ${realmId} in this sandbox`);
    return realm;
  }
}

/** A misspelt switch would leave a test green for the wrong reason. */
function assignKnown<T extends object>(target: T, changes: Partial<T>): void {
  for (const name of Object.keys(changes)) if (!(name in target)) throw new RangeError(`no switch ${name}`);
  Object.assign(target, changes);
}
