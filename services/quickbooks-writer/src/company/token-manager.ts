import { isDeepStrictEqual } from 'node:util';
import type { ConnectionDocument } from '@tillstream/contracts';
import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore } from '@tillstream/document-store';
import { type Clock, ConflictError, type CrashPoints } from '@tillstream/kernel';
import type { ClientCredentials, QuickBooksOAuth, TokenResult, TokenSet } from '@tillstream/quickbooks';
import type { RefreshClaim, RefreshClaims, StoredTokens as Stored } from './refresh-claims.js';
import { spendRefreshToken, tokensChanged } from './spend-refresh-token.js';
import { type TokenDocument, TOKENS_COLLECTION, tokenDocumentId } from './token-document.js';
import { deferral, hold } from './trouble.js';

export interface TokenManagerParts {
  readonly store: DocumentStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly crash: CrashPoints;
  readonly oauth: () => QuickBooksOAuth;
  readonly claims: RefreshClaims;
  /** The current connection document, or null when it is gone. */
  readonly connection: () => ConnectionDocument | null;
  /** The state of the connection changed: told to people, and to the work that waits for it. */
  readonly onStatus: (status: 'connected' | 'needs_reconnect' | 'error', detail: string | null) => Promise<void>;
}

/** Access tokens are renewed this long before they end, so that a call does not run into it. */
const EARLY_MS = 60_000;
const STORE_ATTEMPTS = 5;
/** How often a caller waits for refreshes of other processes that end without a token before its work is put off. */
const TURNS = 5;

/**
 * The only place that holds, exchanges and refreshes tokens of a company (D15). One refresh at a time, over all
 * processes: claim stored, exchange, new token stored by expected version (which ends the claim) before it is used. The
 * previous refresh token is kept for the refresh whose reply was lost.
 */
export class TokenManager {
  readonly #id: string;
  #access: { readonly token: string; readonly expiresAtMs: number } | null = null;
  #refreshing: Promise<string> | null = null;
  readonly #stopping = new AbortController();

  constructor(
    private readonly tenantId: string,
    private readonly realmId: string,
    private readonly parts: TokenManagerParts,
  ) {
    this.#id = tokenDocumentId(tenantId, realmId);
  }

  /**
   * A token to call with. `refused` = the one QuickBooks has just answered 401 to. Throws a Deferral: parked when a new
   * consent is needed, by backoff when the token server is not reachable.
   */
  async accessToken(refused?: string): Promise<string> {
    // GUARD(no-connection-no-token): a token may outlive the connection it was given for; it is good for nothing then.
    if (this.parts.connection() === null) throw this.#gone();
    const held = this.#access;
    if (held && held.token !== refused && held.expiresAtMs - EARLY_MS > this.parts.clock.now()) return held.token;
    // GUARD(single-flight-refresh): a second refresh would spend the token the first one is about to replace.
    if (this.#refreshing) return this.#refreshing;
    this.#refreshing = this.#renew(refused).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /**
   * Ends waiting for other processes, and resolves when no exchange of tokens is under way here: cutting one off could
   * lose the new token (D15).
   */
  async settled(): Promise<void> {
    this.#stopping.abort();
    await this.#refreshing?.catch(() => undefined);
  }

  #gone() {
    this.#access = null;
    return hold('connection_missing', 'There is no connection to this QuickBooks company any more.');
  }

  /** Looks at the connection again: a new consent or a new refresh token. True when calls can be made (again). */
  async revive(): Promise<boolean> {
    const stored = await this.#adopt(await this.#load());
    return stored !== null && stored.doc.needsReconnect === null;
  }

  /** QuickBooks withdrew access although the token is fresh: only a new consent helps. */
  deny(detail: string): void {
    this.#access = null;
    void this.#load()
      .then((stored) => (stored ? this.#fail(stored, 'needs_reconnect', detail) : undefined))
      .catch(() => undefined);
  }

  /** Stores the tokens of a finished consent. */
  async store(tokens: TokenSet, connection: ConnectionDocument): Promise<void> {
    for (let attempt = 0; attempt < STORE_ATTEMPTS; attempt += 1) {
      const stored = await this.#load();
      const next = this.#document(tokens, connection, stored?.doc ?? null);
      if (await this.#put(next, stored?.version ?? 0)) {
        this.#use(tokens);
        await this.parts.onStatus('connected', null);
        return;
      }
    }
    throw new ConflictError('token_conflict', 'the tokens of this company were changed by another writer');
  }

  async #renew(refused: string | undefined): Promise<string> {
    for (let turn = 0; turn < TURNS; turn += 1) {
      const stored = await this.#adopt(await this.#load());
      if (!stored) throw parked('No consent was given for this company yet.');
      const { doc } = stored;
      if (doc.needsReconnect) throw parked(doc.needsReconnect.detail);
      const known = this.#stillGood(doc, refused);
      if (known !== null) return known;
      const claimed = await this.parts.claims.take(stored);
      if (claimed) return this.#refresh(claimed);
      await this.#waitForOther(stored);
    }
    throw busy('Other writers are refreshing the tokens of this company.');
  }

  #stillGood(doc: TokenDocument, refused: string | undefined): string | null {
    if (!doc.accessToken || doc.accessExpiresAtMs - EARLY_MS <= this.parts.clock.now()) return null;
    const token = this.parts.secrets.open(doc.accessToken, this.#ownerOf(doc));
    if (token === refused) return null;
    this.#access = { token, expiresAtMs: doc.accessExpiresAtMs };
    return token;
  }

  async #waitForOther(stored: Stored): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await this.parts.claims.wait(stored, signal);
    } catch (thrown) {
      throw signal.aborted ? busy('The writer stops while another one refreshes the tokens.') : thrown;
    }
  }

  async #refresh(claim: RefreshClaim): Promise<string> {
    try {
      const result = await spendRefreshToken(claim, this.#client(), this.parts);
      return await this.#accept(result, claim.stored);
    } catch (thrown) {
      await claim.release();
      throw thrown;
    }
  }

  async #accept(result: TokenResult, spent: Stored): Promise<string> {
    switch (result.kind) {
      case 'ok':
        return this.#keep(result.tokens, spent);
      case 'retry_later':
      case 'unknown_outcome':
        throw deferral('quickbooks_unavailable', `QuickBooks' token server did not answer: ${result.detail}`);
      case 'invalid_client':
        await this.#fail(spent, 'error', 'QuickBooks does not accept clientId and clientSecret.');
        throw parked('QuickBooks does not accept clientId and clientSecret.');
      case 'invalid_grant':
        await this.#fail(spent, 'needs_reconnect', result.detail);
        throw parked(result.detail);
    }
  }

  async #keep(tokens: TokenSet, spent: Stored): Promise<string> {
    const kept = await this.#storeNew(tokens, spent);
    this.parts.crash.hit('token.refresh.stored');
    if (!kept) {
      // Somebody stored other tokens meanwhile: theirs count.
      const current = await this.#load();
      const token = current ? this.#stillGood(current.doc, undefined) : null;
      if (token === null) throw tokensChanged();
      return token;
    }
    this.#use(tokens);
    await this.parts.onStatus('connected', null);
    return tokens.accessToken;
  }

  /**
   * False when other tokens came meanwhile. Who wrote anything else (access denied, a claim that had run out taken over)
   * must not cost the new tokens: the ones before may be spent.
   */
  async #storeNew(tokens: TokenSet, spent: Stored): Promise<boolean> {
    let current: Stored | null = spent;
    for (let attempt = 0; attempt < STORE_ATTEMPTS && current !== null; attempt += 1) {
      const { doc, version }: Stored = current;
      if (!isDeepStrictEqual(doc.refreshToken, spent.doc.refreshToken)) return false;
      if (await this.#put(this.#document(tokens, { connectionId: doc.connectionId }, doc), version)) return true;
      current = await this.#load();
    }
    return false;
  }

  /** Takes over a refresh token of the connection document that was not seen yet; null = there is none at all. */
  async #adopt(stored: Stored | null): Promise<Stored | null> {
    const connection = this.parts.connection();
    const given = connection?.secrets['refreshToken'];
    if (!connection || !given || connection.identity !== this.realmId) return stored;
    // A connection made anew counts its secrets from 1 again: versions of two connections say nothing about each other.
    const isKnown = stored?.doc.connectionId === connection.connectionId;
    if (stored && isKnown && stored.doc.adoptedSecretsVersion >= connection.secretsVersion) return stored;
    const owner = { tenantId: this.tenantId, connectionId: connection.connectionId };
    const doc: TokenDocument = {
      tenantId: this.tenantId,
      realmId: this.realmId,
      connectionId: connection.connectionId,
      adoptedSecretsVersion: connection.secretsVersion,
      refreshToken: this.parts.secrets.seal(this.parts.secrets.open(given, owner), owner),
      previousRefreshToken: null,
      accessToken: null,
      accessExpiresAtMs: 0,
      needsReconnect: null,
    };
    this.#access = null;
    const kept = await this.#put(doc, stored?.version ?? 0);
    return kept ? { id: this.#id, version: kept, doc } : this.#load();
  }

  async #fail(stored: Stored, status: 'needs_reconnect' | 'error', detail: string): Promise<void> {
    this.#access = null;
    const doc = { ...stored.doc, accessToken: null, needsReconnect: { status, detail }, refreshClaim: null };
    const kept = await this.#put(doc, stored.version);
    // A person consented meanwhile: the new tokens count, and nobody parks over the old ones.
    if (kept === 0) throw tokensChanged();
    await this.parts.onStatus(status, detail);
  }

  #document(
    tokens: TokenSet,
    connection: Pick<ConnectionDocument, 'connectionId'> & Partial<Pick<ConnectionDocument, 'secretsVersion'>>,
    before: TokenDocument | null,
  ): TokenDocument {
    const owner = { tenantId: this.tenantId, connectionId: connection.connectionId };
    const { secrets, clock } = this.parts;
    const rotated = before === null || secrets.open(before.refreshToken, this.#ownerOf(before)) !== tokens.refreshToken;
    const previous = rotated ? (before?.refreshToken ?? null) : before.previousRefreshToken;
    return {
      tenantId: this.tenantId,
      realmId: this.realmId,
      connectionId: connection.connectionId,
      adoptedSecretsVersion: connection.secretsVersion ?? before?.adoptedSecretsVersion ?? 0,
      refreshToken: secrets.seal(tokens.refreshToken, owner),
      previousRefreshToken:
        previous === null || before === null
          ? null
          : secrets.seal(secrets.open(previous, this.#ownerOf(before)), owner),
      accessToken: secrets.seal(tokens.accessToken, owner),
      accessExpiresAtMs: clock.now() + tokens.expiresIn * 1000,
      needsReconnect: null,
    };
  }

  #client(): ClientCredentials {
    const connection = this.parts.connection();
    const sealed = connection?.secrets['clientSecret'];
    const clientId = connection?.config['clientId'];
    if (!connection || !sealed || typeof clientId !== 'string') throw parked('The connection has no client secret.');
    const owner = { tenantId: this.tenantId, connectionId: connection.connectionId };
    return { clientId, clientSecret: this.parts.secrets.open(sealed, owner) };
  }

  #use(tokens: TokenSet): void {
    this.#access = {
      token: tokens.accessToken,
      expiresAtMs: this.parts.clock.now() + tokens.expiresIn * 1000,
    };
  }

  #load(): Promise<Stored | null> {
    return this.parts.store.get<TokenDocument>(TOKENS_COLLECTION, this.#id);
  }

  /** The new version, or 0 when somebody else wrote first. */
  async #put(doc: TokenDocument, expectedVersion: number): Promise<number> {
    const [outcome] = await this.parts.store.bulkWrite([
      { op: 'put', collection: TOKENS_COLLECTION, id: this.#id, doc, expectedVersion },
    ]);
    return outcome?.ok ? outcome.version : 0;
  }

  #ownerOf({ connectionId }: TokenDocument) {
    return { tenantId: this.tenantId, connectionId };
  }
}

const busy = (message: string) => deferral('quickbooks_busy', message);

function parked(detail: string) {
  return deferral('connection_parked', `QuickBooks asks for a new consent: ${detail}`, 'parked');
}
