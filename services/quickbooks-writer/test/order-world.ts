import { type CanonicalOrder, defaultSettings } from '@tillstream/contracts';
import { HttpOutcomeUnknown } from '@tillstream/http-client';
import { ManualClock, NO_CRASH_POINTS, SystemIds } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { type HttpRequestLike, type HttpResponseLike, ownershipMarker } from '@tillstream/quickbooks';
import { createBreaker } from '@tillstream/resilience';
import { type CompanyOptions, type LedgerDocument, openQuickBooks } from '@tillstream/sandbox';
import { Company, countsAsOutage } from '../src/company/company.js';
import { trailOf } from '../src/company/company-port.js';
import { RealmGate } from '../src/company/realm-gate.js';
import { Deferral, Hold } from '../src/company/trouble.js';
import type { DeliveryEnv } from '../src/delivery/delivery-env.js';
import type { DeliveryInput, DeliveryResult } from '../src/delivery/delivery-result.js';
import { deliverOrder } from '../src/delivery/order/deliver-order.js';
import { Directories } from '../src/knowledge/directories.js';
import { DocNumberLookup } from '../src/knowledge/doc-numbers.js';
import { OwnByDate } from '../src/knowledge/own-by-date.js';
import { ProfileCache } from '../src/knowledge/profile-cache.js';
import {
  decideEffect,
  type EffectCommand,
  type EffectState,
  evolveEffect,
  initialEffect,
  parseEffectId,
} from '../src/ledger/domain/index.js';
import { DEFAULT_WRITER_OPTIONS } from '../src/options.js';
import { HeldPlan, type RecordPlan } from '../src/planning/record-plan.js';
import { planRecord } from '../src/planning/plan-record.js';
import { PlanSession } from '../src/planning/plan-session.js';

const TENANT = 'default';
export const REALM = '9130001';
const SHOP = 'https://shop.example';
const ORIGIN = 'http://sandbox';
const OPTIONS = { ...DEFAULT_WRITER_OPTIONS, perMinute: null, perSecond: null };
/** Turns of the event loop after which a delivery that goes on by itself would have gone on. */
const IDLE_TURNS = 12;
/** A delivery that hangs longer than this on the manual clock hangs for ever. */
const LONGEST_WAIT_MS = 3_600_000;

export type End =
  | { readonly kind: 'done'; readonly outcome: DeliveryResult['outcome']; readonly code: string | null }
  | { readonly kind: 'held'; readonly code: string }
  /** Goes on by itself after `waitMs`. */
  | { readonly kind: 'deferred'; readonly code: string; readonly waitMs: number }
  | { readonly kind: 'died' };

/** A process: it dies before or after the n-th thing it does to ledger or remote. */
class Life {
  left = Number.POSITIVE_INFINITY;
  afterwards = false;
  #dead = false;
  died: () => void = () => {};

  /** Calls of a dead process never return, those that run when it dies included. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    this.left -= 1;
    const isLast = this.left === 0;
    if (isLast && !this.afterwards) this.#die();
    if (this.#dead) await FOREVER;
    const result = await call();
    if (isLast && this.afterwards) this.#die();
    if (this.#dead) await FOREVER;
    return result;
  }

  #die(): void {
    this.#dead = true;
    this.died();
  }
}

const NO_DOOM = { left: Number.POSITIVE_INFINITY, afterwards: false };
const FOREVER = new Promise<never>(() => {});

/** One order's delivery as it is, in one process on a manual clock, against the books of the sandbox. */
export class OrderWorld {
  readonly clock = new ManualClock();
  readonly #sandbox;
  readonly #entries = new Map<string, EffectState>();
  readonly #ids = new SystemIds(this.clock);
  #life = new Life();
  #doom: Pick<Life, 'left' | 'afterwards'> = NO_DOOM;
  #env: Omit<DeliveryEnv, 'profile' | 'trail'>;
  /** Called after every request that reached the remote. */
  onAnswer: () => void = () => {};

  constructor(company: Partial<CompanyOptions> = {}) {
    this.#sandbox = openQuickBooks({
      clock: this.clock,
      companies: [{ realmId: REALM, country: 'US', limits: NO_LIMITS, ...company }],
      app: { clientId: 'app', clientSecret: 'secret' },
    });
    this.#env = this.#process();
  }

  get control() {
    return this.#sandbox.control;
  }

  /** Living documents with the order's marker, whoever changed them since. */
  living(kind: 'invoice' | 'payment', { source, id }: Pick<CanonicalOrder, 'source' | 'id'>): LedgerDocument[] {
    const { invoices, payments } = this.control.ledger(REALM);
    const marker = ownershipMarker(kind, SHOP, `${source}:${id}`);
    const all: readonly LedgerDocument[] = kind === 'invoice' ? invoices : payments;
    return all.filter(({ state, privateNote }) => state === 'live' && privateNote?.includes(marker));
  }

  /** What was written of documents by us. */
  writes() {
    return this.control
      .ledger(REALM)
      .writes.filter(({ by, entity }) => by === 'api' && (entity === 'Invoice' || entity === 'Payment'));
  }

  /** The next delivery dies before, or after, the n-th thing that it does. */
  dieAt(left: number, afterwards: boolean): void {
    this.#doom = { left, afterwards };
  }

  /** The data folder is lost, the company is not; found out when QuickBooks' memory of request ids is over. */
  loseLedger(): void {
    this.#entries.clear();
    this.clock.advance(25 * 3_600_000);
    this.#env = this.#process();
  }

  /** What is remembered of the company is read again: a person changed its settings. */
  forget(): void {
    this.#env.profiles.forget();
  }

  async deliver(order: CanonicalOrder, input: Partial<DeliveryInput> = {}): Promise<End> {
    const { promise: death, resolve } = Promise.withResolvers<void>();
    Object.assign(this.#life, this.#doom, { died: resolve });
    this.#doom = NO_DOOM;
    const delivery = this.#deliver(order, { ...INPUT, ...input }).then(
      (end) => end,
      (thrown: unknown) => this.#endOf(thrown),
    );
    const end = await this.#idle(Promise.race([delivery, death.then((): End => ({ kind: 'died' }))]));
    if (end.kind === 'died') this.#env = this.#process();
    else Object.assign(this.#life, NO_DOOM);
    return end;
  }

  /** What a dry run says of the delivery; null while it has to wait. */
  async plan(
    order: CanonicalOrder,
    input: Partial<DeliveryInput> = {},
  ): Promise<Pick<RecordPlan, 'action' | 'reason' | 'writes'> | null> {
    const trail = trailOf('backfill');
    const { company, ...env } = this.#env;
    const source = {
      tenantId: TENANT,
      realmId: REALM,
      reader: company,
      ledger: { state: (id: string) => Promise.resolve(this.#entries.get(id) ?? null) },
      clock: this.clock,
    };
    const planned = async () => {
      const looking = { ...env, trail, profile: await env.profiles.get(trail) };
      return planRecord(source, new PlanSession(looking), looking, { entity: 'orders', order }, { ...INPUT, ...input });
    };
    return this.#idle(
      planned().catch((thrown: unknown) => {
        const held = thrown instanceof HeldPlan ? thrown : new HeldPlan(thrown, 0, []);
        if (held.thrown instanceof Hold)
          return { action: 'hold' as const, reason: held.thrown.problem.code, writes: held.writes };
        if (held.thrown instanceof Deferral) return null;
        throw held.thrown;
      }),
    );
  }

  async #deliver(order: CanonicalOrder, input: DeliveryInput): Promise<End> {
    const trail = trailOf('live');
    const profile = await this.#env.profiles.get(trail);
    const { outcome, reason } = await deliverOrder({ ...this.#env, trail, profile }, order, input);
    return { kind: 'done', outcome, code: reason?.code ?? null };
  }

  #endOf(thrown: unknown): End {
    if (thrown instanceof Hold) return { kind: 'held', code: thrown.problem.code };
    if (!(thrown instanceof Deferral)) throw thrown;
    const { until, problem } = thrown;
    const waitMs = typeof until === 'number' ? Math.max(0, until - this.clock.now()) : 60_000;
    return { kind: 'deferred', code: problem.code, waitMs };
  }

  /** Waits for what is under way; whenever it stands still, time passes. */
  async #idle<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const watched = work.finally(() => {
      isDone = true;
    });
    watched.catch(() => undefined);
    const giveUpAt = this.clock.now() + LONGEST_WAIT_MS;
    while (!isDone) {
      for (let turn = 0; turn < IDLE_TURNS && !isDone; turn += 1) await new Promise(setImmediate);
      const next = this.clock.nextTimerAt();
      if (isDone) break;
      if (next === undefined || next > giveUpAt) throw new RangeError('the delivery hangs');
      this.clock.advance(next - this.clock.now());
    }
    return watched;
  }

  /** What a process remembers; the ledger is what is left of the one before. */
  #process(): Omit<DeliveryEnv, 'profile' | 'trail'> {
    const life = new Life();
    this.#life = life;
    const { clock } = this;
    const accessToken = () => Promise.resolve(this.control.issueAccessToken(REALM));
    const company = new Company(TENANT, REALM, {
      send: (request) => life.run(() => this.#send(request)),
      baseUrl: () => ORIGIN,
      ledger: {
        state: (id) => life.run(() => Promise.resolve(this.#entries.get(id) ?? null)),
        execute: (id, command) => life.run(() => Promise.resolve(this.#execute(id, command))),
      },
      clock,
      ids: this.#ids,
      crash: NO_CRASH_POINTS,
      logger: SILENT_LOGGER,
      options: OPTIONS,
      gate: new RealmGate(clock, OPTIONS),
      lease: { epoch: 1, ensure: () => Promise.resolve(), keep: () => Promise.resolve(), isFresh: () => true },
      tokens: { accessToken, deny: () => {} },
      breaker: createBreaker({ name: 'world', clock, countsAsFailure: countsAsOutage }),
      onCall: () => {},
    });
    const { orders, quickbooks } = defaultSettings();
    return {
      company,
      settings: quickbooks,
      orderSettings: orders,
      profiles: new ProfileCache(company, clock, OPTIONS.profileMaxAgeMs),
      directories: new Directories(company, clock),
      docNumbers: new DocNumberLookup(company, clock, OPTIONS.docNumberMaxAgeMs, () => []),
      ownByDate: new OwnByDate(company),
      numbers: { of: (order) => Promise.resolve(order.number), ownerOf: () => Promise.resolve(null) },
      skuOwners: new Map(),
      sourceIdentity: SHOP,
      epoch: '1',
      logger: SILENT_LOGGER,
      directoryMaxAgeMs: OPTIONS.directoryMaxAgeMs,
    };
  }

  #execute(id: string, command: EffectCommand) {
    const before = this.#entries.get(id) ?? initialEffect(parseEffectId(id));
    const events = decideEffect(command, before, this.clock.now());
    const state = events.reduce(evolveEffect, before);
    if (events.length > 0) this.#entries.set(id, state);
    return { state, events };
  }

  async #send({ method, url, headers, body = '', deadlineMs, onSent }: HttpRequestLike): Promise<HttpResponseLike> {
    const gone = new AbortController();
    const lost = (reason: 'reset' | 'deadline') =>
      new HttpOutcomeUnknown({ method, origin: ORIGIN, path: new URL(url).pathname, reason });
    onSent?.();
    const answering = this.#sandbox.handle({ method, url: new URL(url), headers, body, gone: gone.signal });
    const over = new AbortController();
    const deadline = this.clock.sleep(deadlineMs, over.signal).then(
      () => 'late' as const,
      () => 'late' as const,
    );
    const reply = await Promise.race([answering, deadline]);
    over.abort();
    this.onAnswer();
    if (reply === 'late') {
      gone.abort();
      throw lost('deadline');
    }
    if (reply === 'drop') throw lost('reset');
    return reply;
  }
}

const NO_LIMITS = { perMinute: null, perSecond: null, inFlight: null };
const INPUT: DeliveryInput = { reason: 'changed', reportedDocuments: 0, contentHash: '', knownHash: null };
