import { type FaultRule, firedOf } from '../../shared/faults.js';
import type { HttpReply, HttpRequest } from '../../shared/http.js';
import type { Company } from '../company.js';
import { Fault, faults } from '../fault.js';
import { Throttle } from '../limits.js';
import type { TokenBook } from '../oauth/tokens.js';
import { RequestIds } from '../request-ids.js';
import type { Clock } from '../types.js';
import { runCall } from './api.js';
import { afterCommit, beforeCommit } from './fault-effects.js';
import {
  type ApiReply,
  asAsked,
  faultReply,
  forbidden,
  otherRealmXml,
  throttled,
  transportHeaders,
  unauthorized,
} from './replies.js';

/** A company with what its gateway remembers about requests. */
export interface Realm {
  readonly company: Company;
  readonly throttle: Throttle;
  readonly requestIds: RequestIds;
  /** Requests by "METHOD path segment" that reached the API, refused ones included. */
  readonly requests: Map<string, number>;
  /** Callers that left before their answer. */
  hungUp: number;
}

export function openRealm(company: Company): Realm {
  return {
    company,
    throttle: new Throttle(() => company.switches.limits, company.now),
    requestIds: new RequestIds(company.switches, company.now),
    requests: new Map(),
    hungUp: 0,
  };
}

const API_PATH = /^\/v3\/company\/([^/]+)\/(.+)$/u;

/** The way of one API request: faults, token, throttle, requestid, work, answer. */
export class Gateway {
  /** Bugs of the sandbox itself, for tests to look at. */
  readonly internalErrors: string[] = [];

  constructor(
    private readonly realms: ReadonlyMap<string, Realm>,
    private readonly tokens: TokenBook,
    private readonly clock: Clock,
    private readonly latencyMs: number,
  ) {}

  /** Undefined when the path is not the API's. */
  async handle(request: HttpRequest, fired: readonly FaultRule[]): Promise<HttpReply | undefined> {
    const match = API_PATH.exec(request.url.pathname);
    if (!match) return undefined;
    const [, realmId = '', rest = ''] = match;
    const reply = await this.#reply(realmId, rest.split('/'), request, fired);
    if (reply === 'drop') return 'drop';
    const time = new Date(this.clock.now()).toISOString();
    const shown = asAsked(reply, request.headers.accept, time);
    return { status: shown.status, headers: transportHeaders(shown.contentType), body: shown.body };
  }

  async #reply(
    realmId: string,
    segments: readonly string[],
    request: HttpRequest,
    fired: readonly FaultRule[],
  ): Promise<ApiReply | 'drop'> {
    if (firedOf(fired, 'expireToken')) this.tokens.expireAccessTokens(realmId);
    const realm = this.realms.get(realmId);
    if (realm) count(realm, request.method, segments);
    const refused = this.#authenticate(realmId, realm, request);
    if (refused || !realm) return refused ?? forbidden(this.clock.now());
    if (!realm.throttle.enter())
      return throttled(
        realm.company.switches.throttleBody,
        this.clock.now(),
        realm.company.time(this.clock.now(), true),
      );
    request.gone.addEventListener('abort', () => {
      realm.hungUp += 1;
    });
    try {
      return await this.#work(realm, segments, request, fired);
    } finally {
      realm.throttle.leave();
    }
  }

  #authenticate(realmId: string, realm: Realm | undefined, request: HttpRequest): ApiReply | undefined {
    const now = this.clock.now();
    const token = /^Bearer (.+)$/u.exec(request.headers.authorization ?? '')?.[1];
    switch (token === undefined ? 'unknown' : this.tokens.judge(token, realmId)) {
      case 'ok':
        return undefined;
      case 'expired':
        return unauthorized('Token expired', now);
      case 'revoked':
        return unauthorized('Token revoked', now);
      case 'unknown':
        return unauthorized('Token invalid', now);
      case 'otherRealm':
        return realm?.company.switches.wrongRealmAnswer === 'xml401'
          ? otherRealmXml(new Date(now).toISOString())
          : forbidden(now);
    }
  }

  async #work(
    realm: Realm,
    segments: readonly string[],
    request: HttpRequest,
    fired: readonly FaultRule[],
  ): Promise<ApiReply | 'drop'> {
    const { company } = realm;
    const requestId =
      request.method === 'POST' && segments[0] !== 'query' ? request.url.searchParams.get('requestid') : null;
    const run = () => this.#run(realm, segments, request, requestId ?? undefined, fired);
    const remembers =
      requestId !== null && company.switches.requestIdMemory === 'honoured' && !firedOf(fired, 'forgetRequestId');
    try {
      if (requestId !== null && requestId.length > 50) throw faults.length('requestid', 50, requestId.length);
      if (!remembers) return await this.#between(request, fired, run);
      const fingerprint = `${request.url.pathname}?${request.url.searchParams.get('operation') ?? ''}\n${request.body}`;
      const claim = await realm.requestIds.claim(requestId, fingerprint);
      // A replayed answer may be lost or mangled like any other, but the work is not done again.
      if (claim.kind === 'replay') return await this.#between(request, fired, () => claim.reply);
      let settled = false;
      try {
        return await this.#between(request, fired, () => {
          const reply = run();
          settled = true;
          claim.finish(reply);
          return reply;
        });
      } finally {
        if (!settled) claim.abandon();
      }
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      return faultReply(thrown, company.time(company.now(), true));
    }
  }

  /** Faults and latency before the work, the work, faults after it. */
  async #between(request: HttpRequest, fired: readonly FaultRule[], run: () => ApiReply): Promise<ApiReply | 'drop'> {
    const early = await beforeCommit(this.clock, request.gone, fired);
    if (early !== undefined) return early;
    if (this.latencyMs > 0) await this.clock.sleep(this.latencyMs);
    return afterCommit(this.clock, fired, run());
  }

  #run(
    realm: Realm,
    segments: readonly string[],
    request: HttpRequest,
    requestId: string | undefined,
    fired: readonly FaultRule[],
  ): ApiReply {
    try {
      return runCall({ company: realm.company, request, segments, requestId, fired });
    } catch (thrown) {
      this.internalErrors.push(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
      return faultReply(faults.application(), realm.company.time(realm.company.now(), true));
    }
  }
}

function count(realm: Realm, method: string, segments: readonly string[]): void {
  const key = `${method} ${segments[0] ?? ''}`;
  realm.requests.set(key, (realm.requests.get(key) ?? 0) + 1);
}
