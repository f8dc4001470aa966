import { FaultInjector, type FaultRule } from '../shared/faults.js';
import {
  type HttpReply,
  type HttpRequest,
  jsonReply,
  type Reach,
  type RunningServer,
  startHttp,
} from '../shared/http.js';
import { Company } from './company.js';
import { QuickBooksControl } from './control.js';
import { controlApi } from './http/control-api.js';
import { Gateway, openRealm, type Realm } from './http/gateway.js';
import { type AppCredentials, AUTHORIZE_PATH, OAuthEndpoints, REVOKE_PATH, TOKEN_PATH } from './oauth/endpoints.js';
import { OAUTH_DEFAULTS, type OAuthSwitches, TokenBook } from './oauth/tokens.js';
import { openCompany } from './seed.js';
import { type CompanySwitches, companySwitches } from './switches.js';
import type { Clock } from './types.js';

export type { EntityName, WriteRecord } from './company.js';
export { QuickBooksControl, type RealmStats } from './control.js';
export type { JsonObject } from './json.js';
export type { Ledger, LedgerDocument, LedgerPayment } from './ledger.js';
export type { AppCredentials } from './oauth/endpoints.js';
export type { OAuthSwitches, RefreshCounters } from './oauth/tokens.js';
export type { Seed } from './seed.js';
export type { CompanySwitches, Limits, TaxCodeSeed, TaxRateSeed } from './switches.js';

/** One company: its realm, its country, and any switch that differs from the default. */
export type CompanyOptions = Partial<CompanySwitches> & { readonly realmId: string; readonly country: string };

export interface QuickBooksSandboxOptions extends Reach {
  readonly clock: Clock;
  /** 0 picks a free port. */
  readonly port?: number;
  readonly companies: readonly CompanyOptions[];
  readonly app: AppCredentials;
  readonly faults?: readonly FaultRule[];
  /** Seed of the faults that fire by probability [1]. */
  readonly faultSeed?: number;
  readonly oauth?: Partial<OAuthSwitches>;
  /** Time every API request takes, milliseconds of the clock [0]. */
  readonly latencyMs?: number;
}

/** QuickBooks Online without a port: what it answers, and the hand to steer it. */
export interface OpenQuickBooks {
  readonly control: QuickBooksControl;
  readonly handle: (request: HttpRequest) => Promise<HttpReply>;
}

/** The same books and faults in-process, for tests on a manual clock. */
export function openQuickBooks(options: Omit<QuickBooksSandboxOptions, keyof Reach | 'port'>): OpenQuickBooks {
  const { clock } = options;
  const now = () => clock.now();
  const realms = new Map<string, Realm>();
  for (const { realmId, ...switches } of options.companies) {
    const company = new Company(realmId, companySwitches(switches), now);
    openCompany(company);
    realms.set(realmId, openRealm(company));
  }
  const injector = new FaultInjector({ rules: options.faults ?? [], seed: options.faultSeed ?? 1, now });
  const tokens = new TokenBook({ ...OAUTH_DEFAULTS, ...options.oauth }, now);
  const gateway = new Gateway(realms, tokens, clock, options.latencyMs ?? 0);
  const oauth = new OAuthEndpoints(options.app, tokens, clock, () => options.companies[0]?.realmId);
  const control = new QuickBooksControl(realms, tokens, injector, gateway);
  const answerControl = controlApi(control);
  const handle = async (request: HttpRequest): Promise<HttpReply> => {
    const controlled = answerControl(request);
    if (controlled) return controlled;
    const fired = injector.decide({
      method: request.method,
      path: `${request.url.pathname}${request.url.search}`,
      body: request.body,
    });
    const answered = (await oauth.handle(request, fired)) ?? (await gateway.handle(request, fired));
    return answered ?? jsonReply(404, { error: 'not found' });
  };
  return { control, handle };
}

/** QuickBooks Online with its authorization server on one port, and a hand to steer it (`control`). */
export class QuickBooksSandbox {
  readonly #server: RunningServer;

  private constructor(
    server: RunningServer,
    readonly control: QuickBooksControl,
  ) {
    this.#server = server;
  }

  static async start(options: QuickBooksSandboxOptions): Promise<QuickBooksSandbox> {
    const { control, handle } = openQuickBooks(options);
    return new QuickBooksSandbox(await startHttp(handle, options.port ?? 0, options), control);
  }

  /** Requests go to `<apiBaseUrl>/v3/company/<realmId>/…`. */
  get apiBaseUrl(): string {
    return this.#server.url;
  }

  get tokenUrl(): string {
    return `${this.#server.url}${TOKEN_PATH}`;
  }

  get authorizeUrl(): string {
    return `${this.#server.url}${AUTHORIZE_PATH}`;
  }

  get revokeUrl(): string {
    return `${this.#server.url}${REVOKE_PATH}`;
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}
