import type { ConnectionDocument } from '@tillstream/contracts';
import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore, Versioned } from '@tillstream/document-store';
import { type Clock, ConflictError, type CrashPoints } from '@tillstream/kernel';
import type { ClientCredentials, QuickBooksOAuth, TokenResult, TokenSet } from '@tillstream/quickbooks';
import { type TokenDocument, TOKENS_COLLECTION, tokenDocumentId } from './token-document.js';
import { deferral } from './trouble.js';

export interface TokenManagerParts {
  readonly store: DocumentStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly crash: CrashPoints;
  readonly oauth: () => QuickBooksOAuth;
  /** The current connection document, or null when it is gone. */
  readonly connection: () => ConnectionDocument | null;
  /** The state of the connection changed: told to people, and to the work that waits for it. */
  readonly onStatus: (status: 'connected' | 'needs_reconnect' | 'error', detail: string | null) => Promise<void>;
}

/** Access tokens are renewed this long before they end, so that a call does not run into it. */
const EARLY_MS = 60_000;
const STORE_ATTEMPTS = 5;

type Stored = Versioned<TokenDocument>;

/**
 * The only place that holds, exchanges and refreshes tokens of a company (D15). One refresh at a time; the new token is
 * stored by expected version before it is used; the previous one is kept for the refresh whose reply was lost.
 */
export class TokenManager {
  readonly #id: string;
  #access: { readonly token: string; readonly expiresAtMs: number } | null = null;
  #refreshing: Promise<string> | null = null;

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
    const held = this.#access;
    if (held && held.token !== refused && held.expiresAtMs - EARLY_MS > this.parts.clock.now()) return held.token;
    // GUARD(single-flight-refresh): a second refresh would spend the token the first one is about to replace.
    if (this.#refreshing) return this.#refreshing;
    this.#refreshing = this.#renew(refused).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** Resolves when no exchange of tokens is under way: cutting one off could lose the new token (D15). */
  async settled(): Promise<void> {
    await this.#refreshing?.catch(() => undefined);
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
    const stored = await this.#adopt(await this.#load());
    if (!stored) throw parked('No consent was given for this company yet.');
    const { doc } = stored;
    if (doc.needsReconnect) throw parked(doc.needsReconnect.detail);
    const known = this.#stillGood(doc, refused);
    return known ?? this.#refresh(stored);
  }

  #stillGood(doc: TokenDocument, refused: string | undefined): string | null {
    if (!doc.accessToken || doc.accessExpiresAtMs - EARLY_MS <= this.parts.clock.now()) return null;
    const token = this.parts.secrets.open(doc.accessToken, this.#ownerOf(doc));
    if (token === refused) return null;
    this.#access = { token, expiresAtMs: doc.accessExpiresAtMs };
    return token;
  }

  /** Tries the newest refresh token and then the one before it (crash or lost reply between the two). */
  async #refresh(stored: Stored): Promise<string> {
    const { secrets, crash } = this.parts;
    const client = this.#client();
    const { doc } = stored;
    const candidates = [doc.refreshToken, ...(doc.previousRefreshToken ? [doc.previousRefreshToken] : [])];
    let refused = 'the refresh token is not valid any more';
    for (const sealed of candidates) {
      crash.hit('token.refresh.before');
      const result = await this.#ask(client, secrets.open(sealed, this.#ownerOf(doc)));
      crash.hit('token.refresh.received');
      if (result.kind === 'ok') return this.#keep(result.tokens, stored);
      if (result.kind === 'retry_later' || result.kind === 'unknown_outcome') {
        throw deferral('quickbooks_unavailable', `QuickBooks' token server did not answer: ${result.detail}`);
      }
      if (result.kind === 'invalid_client') {
        await this.#fail(stored, 'error', 'QuickBooks does not accept clientId and clientSecret.');
        throw parked('QuickBooks does not accept clientId and clientSecret.');
      }
      refused = result.detail;
    }
    await this.#fail(stored, 'needs_reconnect', refused);
    throw parked(refused);
  }

  /** A lost reply may have rotated the token: ask once more with the same one, the server may give grace. */
  async #ask(client: ClientCredentials, refreshToken: string): Promise<TokenResult> {
    const first = await this.parts.oauth().refresh(client, refreshToken);
    if (first.kind !== 'unknown_outcome') return first;
    return this.parts.oauth().refresh(client, refreshToken);
  }

  async #keep(tokens: TokenSet, stored: Stored): Promise<string> {
    const next = this.#document(tokens, { connectionId: stored.doc.connectionId }, stored.doc);
    const kept = await this.#put(next, stored.version);
    this.parts.crash.hit('token.refresh.stored');
    if (!kept) {
      // Somebody stored other tokens meanwhile: theirs count.
      const current = await this.#load();
      const token = current ? this.#stillGood(current.doc, undefined) : null;
      if (token === null) throw deferral('quickbooks_busy', 'The tokens of this company changed meanwhile.');
      return token;
    }
    this.#use(tokens);
    await this.parts.onStatus('connected', null);
    return tokens.accessToken;
  }

  /** Takes over a refresh token of the connection document that was not seen yet; null = there is none at all. */
  async #adopt(stored: Stored | null): Promise<Stored | null> {
    const connection = this.parts.connection();
    const given = connection?.secrets['refreshToken'];
    if (!connection || !given || connection.identity !== this.realmId) return stored;
    if (stored && stored.doc.adoptedSecretsVersion >= connection.secretsVersion) return stored;
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
    const doc = { ...stored.doc, accessToken: null, needsReconnect: { status, detail } };
    const kept = await this.#put(doc, stored.version);
    // A person consented meanwhile: the new tokens count, and nobody parks over the old ones.
    if (kept === 0) throw deferral('quickbooks_busy', 'The tokens of this company changed meanwhile.');
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

function parked(detail: string) {
  return deferral('connection_parked', `QuickBooks asks for a new consent: ${detail}`, 'parked');
}
