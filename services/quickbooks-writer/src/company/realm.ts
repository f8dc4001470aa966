import { isDeepStrictEqual } from 'node:util';
import type { CanonicalOrder } from '@tillstream/contracts';
import { asError } from '@tillstream/kernel';
import { traced } from '@tillstream/observability';
import { createQuickBooksOAuth, docNumber, ownershipMarker, type QuickBooksOAuth } from '@tillstream/quickbooks';
import { createBreaker } from '@tillstream/resilience';
import type { WriterOptions } from '../options.js';
import { Company, countsAsOutage, type Ledger } from './company.js';
import type { Trail } from './company-port.js';
import { deliverWork, type Works } from '../queue/deliver-work.js';
import { Directories } from '../knowledge/directories.js';
import { DocNumberLookup } from '../knowledge/doc-numbers.js';
import { Knowledge } from '../knowledge/knowledge.js';
import { LaneSemaphore } from '../queue/lane-semaphore.js';
import { Lease } from './lease.js';
import type { DeliveryEnv } from '../delivery/delivery-env.js';
import type { OrderDocumentKind } from '../delivery/order/domain/document.js';
import type { NumberClaims } from '../knowledge/number-claims.js';
import { OwnByDate } from '../knowledge/own-by-date.js';
import { RealmPlanner } from '../planning/realm-planner.js';
import { ProfileCache } from '../knowledge/profile-cache.js';
import { endpointsOf, epochOf, loadTenantConfig, sourceIdentityOf, type TenantConfig } from './realm-config.js';
import { RealmGate } from './realm-gate.js';
import { RealmScheduler } from '../queue/realm-scheduler.js';
import { RealmStatus } from './realm-status.js';
import { RefreshClaims } from './refresh-claims.js';
import { Sweep } from '../ledger/sweep.js';
import { TokenManager } from './token-manager.js';
import { deferral, hold } from './trouble.js';
import type { WriterDeps } from '../writer-parts.js';
import type { WriterMetrics } from '../writer-metrics.js';

export interface RealmParts {
  readonly deps: WriterDeps;
  readonly options: WriterOptions;
  readonly ledger: Ledger;
  readonly works: Works;
  readonly numbers: NumberClaims;
  readonly metrics: WriterMetrics;
}

const UNREACHABLE = 'https://quickbooks.invalid';

/** One (tenant, company): its connection, tokens, budget, directories and queue. Composition only; rules live in the parts. */
export class Realm {
  readonly company: Company;
  readonly tokens: TokenManager;
  readonly scheduler: RealmScheduler;
  readonly planner: RealmPlanner;
  readonly profiles: ProfileCache;
  readonly status: RealmStatus;
  readonly #gate: RealmGate;
  readonly #lease: Lease;
  readonly #directories: Directories;
  readonly #docNumbers: DocNumberLookup;
  readonly #ownByDate: OwnByDate;
  readonly #sweep: Sweep;
  readonly #skuOwners = new Map<string, Set<string>>();
  #config: TenantConfig | null = null;
  #loading: Promise<void> | null = null;

  constructor(
    readonly tenantId: string,
    readonly realmId: string,
    private readonly parts: RealmParts,
  ) {
    const { deps, options, ledger, works, metrics } = parts;
    const { clock, ids, crash, send, store, secrets } = deps;
    const logger = deps.logger.child({ tenantId, realmId });
    this.status = new RealmStatus(tenantId, realmId, { store, clock });
    this.tokens = new TokenManager(tenantId, realmId, {
      store,
      secrets,
      clock,
      crash,
      oauth: () => this.oauth(),
      claims: new RefreshClaims({
        store,
        clock,
        owner: ids.next('owner'),
        deadlineMs: options.requestDeadlineMs,
        marginMs: options.settleMarginMs,
      }),
      connection: () => (this.isConnected() ? (this.#config?.quickbooks ?? null) : null),
      onStatus: (status, detail) => this.status.report(status, detail),
    });
    this.#gate = new RealmGate(clock, options);
    this.#lease = new Lease({ tenantId, realmId }, { store, clock, ids }, options.sessionTimeoutMs);
    this.company = new Company(tenantId, realmId, {
      send,
      baseUrl: () => (this.#config ? endpointsOf(this.#config.quickbooks).apiBaseUrl : UNREACHABLE),
      // Only its owner writes a company's entries, and what it writes is claimed under their versions (D14).
      ledger: { state: (id) => ledger.remembered(id), execute: (id, command) => ledger.execute(id, command) },
      clock,
      ids,
      crash,
      logger,
      options,
      gate: this.#gate,
      lease: this.#lease,
      tokens: this.tokens,
      breaker: createBreaker({
        name: `${tenantId}:quickbooks`,
        clock,
        countsAsFailure: countsAsOutage,
        onStateChange: (state) => logger.warn({ state }, 'QuickBooks breaker changed'),
      }),
      onCall: metrics.call,
    });
    this.profiles = new ProfileCache(this.company, clock, options.profileMaxAgeMs);
    this.#directories = new Directories(this.company, clock);
    this.#docNumbers = new DocNumberLookup(this.company, clock, options.docNumberMaxAgeMs, (limit) =>
      this.scheduler.upcoming(limit).flatMap(({ number }) => (number === null ? [] : this.docNumberOf(number))),
    );
    this.#ownByDate = new OwnByDate(this.company);
    this.#sweep = new Sweep(this.company, works, {
      store,
      clock,
      logger,
      everyMs: options.sweepEveryMs,
      markerOf: (kind, sourceId) => this.#markerOf(kind, sourceId),
    });
    const knowledge = new Knowledge(this.profiles, this.#directories);
    this.planner = new RealmPlanner({
      source: {
        tenantId,
        realmId,
        reader: {
          read: (trail, call) => this.company.read(trail, call),
          pausedUntil: () => this.company.pausedUntil(),
        },
        ledger: { state: (id) => ledger.state(id) },
        clock,
      },
      works: { state: (id) => works.state(id) },
      clock,
      logger,
      envOf: async (source, trail) => this.#lookEnv(await this.#usable(source), trail),
      knowledge,
      reloadIfChanged: () => this.#reloadIfChanged(),
      maxAgeMs: options.directoryMaxAgeMs,
      docNumberMaxAgeMs: options.docNumberMaxAgeMs,
      patienceMs: options.planPatienceMs,
    });
    const delivery = {
      works,
      clock,
      ids,
      logger,
      envOf: (source: string, trail: Trail) => this.#envOf(source, trail),
      knowledge,
      reloadIfChanged: () => this.#reloadIfChanged(),
      maxAgeMs: options.directoryMaxAgeMs,
      inTurn: new LaneSemaphore(1),
      onSettled: metrics.settled,
    };
    this.scheduler = new RealmScheduler({
      clock,
      maxDeliveries: options.maxDeliveries,
      deliver: ({ id, lane, inTrace = (work) => work() }) =>
        inTrace(() => traced('deliver to quickbooks', { lane }, () => deliverWork(id, delivery))),
      onDefect: ({ id }, error) => logger.error({ id, err: error }, 'a result could not be stored'),
    });
  }

  get config(): TenantConfig | null {
    return this.#config;
  }

  oauth(): QuickBooksOAuth {
    const { deps, options } = this.parts;
    if (!this.#config) throw hold('connection_missing', 'There is no QuickBooks connection.');
    const { tokenUrl, authorizeUrl, revokeUrl } = endpointsOf(this.#config.quickbooks);
    return createQuickBooksOAuth({
      send: deps.send,
      tokenUrl,
      authorizeUrl,
      revokeUrl,
      deadlineMs: options.requestDeadlineMs,
    });
  }

  /** Does the tenant's connection still name this company? */
  isConnected(): boolean {
    return this.#config?.quickbooks.identity === this.realmId;
  }

  docNumberOf(orderNumber: string): string {
    return docNumber(this.#config?.settings.quickbooks.docNumberPrefix ?? '', orderNumber);
  }

  #claimOf(order: CanonicalOrder) {
    return { tenantId: this.tenantId, realmId: this.realmId, order };
  }

  #markerOf(kind: OrderDocumentKind, sourceId: string): string | null {
    const source = sourceId.slice(0, sourceId.indexOf(':'));
    const sourceIdentity = this.#config === null ? null : sourceIdentityOf(this.#config, source);
    return sourceIdentity === null ? null : ownershipMarker(kind, sourceIdentity, sourceId);
  }

  /** Reads connection and settings (again); work that waited for a consent goes on when one is there. */
  async reload(): Promise<void> {
    await this.#read();
    await this.resume();
  }

  async #read(): Promise<void> {
    this.#config = await loadTenantConfig(this.parts.deps.store, this.tenantId);
    this.profiles.forget();
  }

  /** A record looked at again after a change of settings may get here before the change itself does. */
  async #reloadIfChanged(): Promise<boolean> {
    const stored = await loadTenantConfig(this.parts.deps.store, this.tenantId);
    if (isDeepStrictEqual(stored, this.#config)) return false;
    await this.reload();
    return true;
  }

  /** At start: configuration, parked work, and a look at what happened while nobody was here (D14). */
  async awaken(): Promise<void> {
    await this.reload();
    if (this.isConnected()) this.#sweep.begin();
  }

  async resume(): Promise<void> {
    // Where no connection leads here any more, what waits for one is held with that reason instead of waiting for ever.
    if (!this.isConnected() || (await this.tokens.revive())) this.scheduler.resumeParked();
  }

  /**
   * Another process owns this company now: nothing more is begun here. What is under way ends by itself, or finds out by
   * the lease that it must not send. Resolves when that is over.
   */
  async release(): Promise<void> {
    this.#sweep.stop();
    await this.scheduler.drain();
  }

  async stop(): Promise<void> {
    this.#sweep.stop();
    this.planner.stop();
    const callsEnded = this.#gate.close().then(() => this.tokens.settled());
    await this.scheduler.stop(this.parts.options.stopTimeoutMs, callsEnded);
  }

  async #envOf(source: string, trail: Trail): Promise<DeliveryEnv> {
    const used = await this.#usable(source);
    await this.#lease.ensure().catch((thrown: unknown) => {
      throw deferral('quickbooks_busy', `The writer could not take its lease: ${asError(thrown).message}`);
    });
    this.#sweep.begin();
    return { ...(await this.#lookEnv(used, trail)), company: this.company };
  }

  /** Throws a Hold when the company or the shop is not connected. */
  async #usable(source: string): Promise<{ config: TenantConfig; sourceIdentity: string }> {
    if (this.#config === null) await this.#load();
    const config = this.#config;
    if (!config || !this.isConnected()) {
      throw hold('connection_missing', 'There is no connection to the QuickBooks company of this record.');
    }
    const sourceIdentity = sourceIdentityOf(config, source);
    if (sourceIdentity === null) throw hold('connection_missing', 'There is no connection to the shop of this record.');
    return { config, sourceIdentity };
  }

  async #lookEnv(
    { config, sourceIdentity }: { config: TenantConfig; sourceIdentity: string },
    trail: Trail,
  ): Promise<Omit<DeliveryEnv, 'company'>> {
    return {
      trail,
      settings: config.settings.quickbooks,
      orderSettings: config.settings.orders,
      profile: await this.profiles.get(trail),
      profiles: this.profiles,
      directories: this.#directories,
      docNumbers: this.#docNumbers,
      ownByDate: this.#ownByDate,
      numbers: {
        of: (order) => this.parts.numbers.numberFor(this.#claimOf(order)),
        ownerOf: (order) => this.parts.numbers.ownerOf(this.#claimOf(order)),
      },
      skuOwners: this.#skuOwners,
      sourceIdentity,
      epoch: epochOf(config, sourceIdentity),
      logger: this.company.parts.logger,
      directoryMaxAgeMs: this.parts.options.directoryMaxAgeMs,
    };
  }

  async #load(): Promise<void> {
    // A first look finds nobody waiting; a resume would only have what is under way park twice.
    this.#loading ??= (this.scheduler.parked === 0 ? this.#read() : this.reload()).finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }
}
