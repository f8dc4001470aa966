import type { RemoteError } from '@tillstream/contracts';
import { type Clock, type CrashPoints, type Ids, TransientError } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import type { AggregateRuntime } from '@tillstream/processor';
import {
  type Caller,
  createQuickBooksApi,
  createQuickBooksReads,
  type HttpRequestLike,
  type QuickBooksApiOptions,
  type QuickBooksRemote,
  type RemoteResult,
  type Send,
} from '@tillstream/quickbooks';
import type { Breaker } from '@tillstream/resilience';
import type { EffectCommand, EffectEvent, EffectState } from '../ledger/domain/index.js';
import type { WriterOptions } from '../options.js';
import type { CompanyPort, LedgerPort, ReadCall, Trail } from './company-port.js';
import { LaneSemaphore } from '../queue/lane-semaphore.js';
import type { Lease } from './lease.js';
import { type Effect, type EffectEnd, performEffect } from '../ledger/perform-effect.js';
import type { RealmGate } from './realm-gate.js';
import { SingleFlight } from './single-flight.js';
import type { TokenManager } from './token-manager.js';
import { deferral } from './trouble.js';

export type Ledger = AggregateRuntime<EffectState, EffectCommand, EffectEvent>;

export interface CompanyParts {
  readonly send: Send;
  readonly baseUrl: () => string;
  readonly ledger: LedgerPort;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly crash: CrashPoints;
  readonly logger: Logger;
  readonly options: WriterOptions;
  readonly gate: RealmGate;
  readonly lease: Pick<Lease, 'epoch' | 'ensure' | 'keep' | 'isFresh'>;
  readonly tokens: Pick<TokenManager, 'accessToken' | 'deny'>;
  readonly breaker: Breaker;
  readonly onCall: (result: RemoteResult<unknown>['kind'], ms: number) => void;
}

/** An answer that speaks against the remote's health, on its way through the breaker (D16). */
class Outage<T> extends TransientError {
  constructor(readonly result: RemoteResult<T>) {
    super('quickbooks_unavailable', `QuickBooks: ${result.kind}`);
  }
}

/** D16: a 429 or a refusal says that the remote works. */
export const countsAsOutage = (error: unknown): boolean => error instanceof Outage;

type WriteCall<T> = (api: QuickBooksRemote, caller: Caller) => Promise<RemoteResult<T>>;
type Api<A> = (options: QuickBooksApiOptions) => A;

/** One QuickBooks company as the writer talks to it: every call is metered, authorised and classified here. */
export class Company implements CompanyPort {
  /** Names (customers, items, accounts) are created one at a time per company (facts section 1). */
  readonly names = new LaneSemaphore(1);
  /** One effect that all orders wait for. */
  readonly shared = new SingleFlight<string>();

  constructor(
    readonly tenantId: string,
    readonly realmId: string,
    readonly parts: CompanyParts,
  ) {}

  get ledger(): LedgerPort {
    return this.parts.ledger;
  }

  get clock(): Clock {
    return this.parts.clock;
  }

  perform(trail: Trail, effect: Effect): Promise<EffectEnd> {
    return performEffect(this, trail, effect);
  }

  /** Reads; each request of `call` takes a slot of its own. A 401 is answered by one refresh and one repetition. */
  async read<T>(trail: Trail, call: ReadCall<T>): Promise<RemoteResult<T>> {
    const { gate, send, tokens } = this.parts;
    const metered: Send = (request) => gate.run(trail.lane, () => this.#counted(trail, request, send));
    const token = await tokens.accessToken();
    const first = await this.#judged(token, metered, createQuickBooksReads, call);
    if (first.kind !== 'auth_expired') return first;
    return this.#judged(await tokens.accessToken(token), metered, createQuickBooksReads, call);
  }

  /** One write within a slot the caller holds; the caller decides what a 401 means for its ledger entry. */
  write<T>(trail: Trail, accessToken: string, call: WriteCall<T>): Promise<RemoteResult<T>> {
    const send: Send = (request) => this.#counted(trail, request, this.parts.send);
    return this.#judged(accessToken, send, createQuickBooksApi, call);
  }

  #counted(trail: Trail, request: HttpRequestLike, send: Send): ReturnType<Send> {
    trail.calls += 1;
    return send(request);
  }

  /** The answer of one call, told to breaker, pause and metrics. */
  async #judged<T, A>(
    accessToken: string,
    send: Send,
    apiOf: Api<A>,
    call: (api: A, caller: Caller) => Promise<RemoteResult<T>>,
  ): Promise<RemoteResult<T>> {
    const { clock, onCall, baseUrl, options } = this.parts;
    const api = apiOf({ send, baseUrl: baseUrl(), deadlineMs: options.requestDeadlineMs });
    const began = clock.monotonic();
    const result = await this.#guarded(() => call(api, { realmId: this.realmId, accessToken }));
    this.#learn(result);
    onCall(result.kind, clock.monotonic() - began);
    return result;
  }

  /** Wall clock, ms: when calls may start again after a 429. */
  pausedUntil(): number {
    return this.parts.clock.now() + this.parts.gate.pausedFor();
  }

  /** Through the breaker, which never cuts a call short. Throws a Deferral when the call was not made. */
  async #guarded<T>(call: () => Promise<RemoteResult<T>>): Promise<RemoteResult<T>> {
    try {
      return await this.parts.breaker.run(async () => {
        const result = await call();
        if (result.kind === 'retry_later' || result.kind === 'unknown_outcome') throw new Outage(result);
        return result;
      });
    } catch (thrown) {
      if (thrown instanceof Outage) return thrown.result;
      if (!(thrown instanceof TransientError) || thrown.code !== 'breaker_open') throw thrown;
      const until = this.parts.clock.now() + (thrown.retryAfterMs ?? 1_000);
      throw deferral('quickbooks_unavailable', 'QuickBooks failed repeatedly; calls are held back for a while.', until);
    }
  }

  #learn(result: RemoteResult<unknown>): void {
    const { gate, options, tokens } = this.parts;
    if (result.kind === 'throttled') gate.pause(options.throttlePauseMs);
    if (result.kind === 'auth_denied') tokens.deny(detailOf(result.remote));
  }
}

function detailOf({ faultCode, faultDetail }: RemoteError): string {
  return [faultCode, faultDetail].filter(Boolean).join(' ') || 'access denied';
}
