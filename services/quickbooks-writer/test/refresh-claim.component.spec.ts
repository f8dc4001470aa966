import { connectionDocumentId, COLLECTIONS, type ConnectionDocument } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { type CrashPoint, NO_CRASH_POINTS } from '@tillstream/kernel';
import { createQuickBooksOAuth } from '@tillstream/quickbooks';
import { eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { RefreshClaims } from '../src/company/refresh-claims.js';
import { type TokenDocument, TOKENS_COLLECTION } from '../src/company/token-document.js';
import { TokenManager } from '../src/company/token-manager.js';
import { Harness, type HarnessOptions, mortal, REALM, shared, TENANT } from './harness.js';

let harness: Harness;
let connection: ConnectionDocument;
afterEach(() => harness.close());

/** A claim of 145 s lasts 14.5 s, longer than any case here takes … */
const FACTOR = 10;
/** … or 1.5 s, where a case waits for its end. */
const FAST = { factor: 100 };
const DEADLINE_MS = 120_000;
const MARGIN_MS = 25_000;
const stats = () => harness.control.stats(REALM).oauth;

async function start(options: HarnessOptions = {}): Promise<void> {
  harness = await Harness.start({ factor: FACTOR, ...options });
  connection = await readConnection();
}

async function readConnection(): Promise<ConnectionDocument> {
  const id = connectionDocumentId(TENANT, 'quickbooks');
  const found = await harness.storage.store.get<ConnectionDocument>(COLLECTIONS.connections.name, id);
  if (!found) throw new TypeError('the harness connects the company');
  return found.doc;
}

async function stored(): Promise<TokenDocument> {
  const found = await harness.storage.store.get<TokenDocument>(TOKENS_COLLECTION, `${TENANT}:${REALM}`);
  if (!found) throw new TypeError('no tokens are stored yet');
  return found.doc;
}

/** What one of several processes knows of the company's tokens: nothing but the store is shared. */
class Process {
  readonly tokens: TokenManager;
  readonly statuses: string[] = [];
  /** Looks at the stored tokens so far. */
  looks = 0;
  /** Wall clock, ms, of each request to the token server. */
  readonly asked: number[] = [];
  #life = { dead: false };
  #held: PromiseWithResolvers<void> | null = null;

  constructor(given: { readonly diesAt?: CrashPoint; readonly knows?: () => ConnectionDocument } = {}) {
    const { clock, secrets, sandbox } = harness;
    const store = mortal(this.#watched(shared(harness.storage.store)), this.#life);
    const { send } = mortal({ send: (request: Parameters<Send>[0]) => this.#send(request) }, this.#life);
    const { tokenUrl, authorizeUrl } = sandbox;
    const oauth = createQuickBooksOAuth({ send, tokenUrl, authorizeUrl, revokeUrl: tokenUrl, deadlineMs: DEADLINE_MS });
    const owner = `owner_${Math.random()}`;
    this.tokens = new TokenManager(TENANT, REALM, {
      store,
      secrets,
      clock,
      crash: given.diesAt
        ? {
            hit: (point) => {
              if (point === given.diesAt) this.#life.dead = true;
            },
          }
        : NO_CRASH_POINTS,
      oauth: () => oauth,
      claims: new RefreshClaims({ store, clock, owner, deadlineMs: DEADLINE_MS, marginMs: MARGIN_MS }),
      connection: given.knows ?? (() => connection),
      onStatus: async (status) => {
        this.statuses.push(status);
      },
    });
  }

  get isDead(): boolean {
    return this.#life.dead;
  }

  /** Answers to what is asked from now on come only when the returned function was called. */
  holdAnswers(): () => void {
    this.#held = Promise.withResolvers<void>();
    return this.#held.resolve;
  }

  /** Resolves when it has either seen the stored tokens a few times more or asked for new ones. */
  async decided(): Promise<void> {
    const { looks } = this;
    await eventually(() => this.looks > looks + 3 || this.asked.length > 0);
  }

  async #send(request: Parameters<Send>[0]): ReturnType<Send> {
    const held = this.#held?.promise;
    this.asked.push(harness.clock.now());
    const answer = await harness.http.send(request);
    await held;
    return answer;
  }

  #watched(store: DocumentStore): DocumentStore {
    const get: DocumentStore['get'] = (collection, id) => {
      this.looks += 1;
      return store.get(collection, id);
    };
    return new Proxy(store, { get: (target, name) => (name === 'get' ? get : Reflect.get(target, name)) });
  }
}
type Send = Parameters<typeof createQuickBooksOAuth>[0]['send'];

/** Two processes with the same access token, which QuickBooks does not take any more. */
async function twoWithAnExpiredToken(first: ConstructorParameters<typeof Process>[0] = {}) {
  const token = await new Process().tokens.accessToken();
  harness.control.expireAccessTokens(REALM);
  return { token, one: new Process(first), other: new Process(), before: { ...stats() } };
}

describe('processes that need a new token of one company at the same time', () => {
  it('refresh claim: ask for one', async () => {
    await start({ oauth: { rotateAfterMs: 0, oldRefreshToken: 'diesAtOnce' } });
    const { token, one, other, before } = await twoWithAnExpiredToken();
    const goOn = one.holdAnswers();
    const first = one.tokens.accessToken(token);
    await eventually(() => one.asked.length > 0);
    const second = other.tokens.accessToken(token);
    await other.decided();
    goOn();
    expect(await second).toBe(await first);
    expect(stats()).toMatchObject({ refreshes: before.refreshes + 1, invalidGrants: 0, peakConcurrent: 1 });
    expect(await stored()).not.toHaveProperty('refreshClaim');
  });

  it('ask one after the other, without waiting for a claim to run out, when the first gets no answer', async () => {
    await start();
    const { token, one, other } = await twoWithAnExpiredToken();
    harness.control.addFault({ kind: 'status', status: 429, match: { path: '/tokens/bearer' }, times: 1 });
    const goOn = one.holdAnswers();
    const first = one.tokens.accessToken(token).catch((thrown: unknown) => thrown);
    await eventually(() => one.asked.length > 0);
    const second = other.tokens.accessToken(token);
    await other.decided();
    const untilMs = (await stored()).refreshClaim?.untilMs ?? 0;
    goOn();
    expect(await first).toMatchObject({ code: 'quickbooks_unavailable' });
    expect(await second).not.toBe(token);
    expect(other.asked[0]).toBeLessThan(untilMs);
  });
});

describe('a process that dies while it refreshes', () => {
  it.each(['token.refresh.before', 'token.refresh.received'] as const)(
    'at %s costs the others the rest of its claim',
    async (diesAt) => {
      await start({ ...FAST, oauth: { rotateAfterMs: 0 } });
      const { token, one, other } = await twoWithAnExpiredToken({ diesAt });
      void one.tokens.accessToken(token);
      await eventually(() => one.isDead);
      const untilMs = (await stored()).refreshClaim?.untilMs ?? Number.POSITIVE_INFINITY;
      expect(await other.tokens.accessToken(token)).not.toBe(token);
      expect(other.asked[0]).toBeGreaterThanOrEqual(untilMs);
      expect(other.statuses).toEqual(['connected']);
      expect(stats()).toMatchObject({ invalidGrants: 0, peakConcurrent: 1 });
    },
  );

  it('on a machine whose clock ran ahead costs no more than a claim lasts', async () => {
    await start(FAST);
    const { token, other } = await twoWithAnExpiredToken();
    const id = `${TENANT}:${REALM}`;
    const refreshClaim = { owner: 'owner_ahead', untilMs: harness.clock.now() + 30 * 24 * 3_600_000 };
    const doc = { ...(await stored()), refreshClaim };
    await harness.storage.store.bulkWrite([
      { op: 'put', collection: TOKENS_COLLECTION, id, doc, expectedVersion: null },
    ]);
    expect(await other.tokens.accessToken(token)).not.toBe(token);
  });
});

describe('a process whose exchange takes longer than its claim', () => {
  it('goes on with the tokens of the one that took over', async () => {
    await start(FAST);
    const { token, one, other } = await twoWithAnExpiredToken();
    const goOn = one.holdAnswers();
    const first = one.tokens.accessToken(token);
    await eventually(() => one.asked.length > 0);
    const second = await other.tokens.accessToken(token);
    goOn();
    expect(await first).toBe(second);
  });
});

describe('a process that has to ask once more', () => {
  it('has the claim for that exchange too', async () => {
    await start(FAST);
    const { token, one, other, before } = await twoWithAnExpiredToken();
    harness.control.addFault({ kind: 'status', status: 500, match: { path: '/tokens/bearer' }, times: 1 });
    const loseFirst = one.holdAnswers();
    const first = one.tokens.accessToken(token);
    await eventually(() => one.asked.length > 0);
    const untilMs = (await stored()).refreshClaim?.untilMs ?? 0;
    await eventually(() => harness.clock.now() > untilMs - MARGIN_MS);
    const answerSecond = one.holdAnswers();
    loseFirst();
    await eventually(() => one.asked.length > 1);
    const second = other.tokens.accessToken(token);
    await eventually(() => harness.clock.now() > untilMs);
    await other.decided();
    answerSecond();
    expect(await second).toBe(await first);
    expect(stats()).toMatchObject({ refreshes: before.refreshes + 1, peakConcurrent: 1 });
  });
});

describe('what comes while another process refreshes', () => {
  it('a new refresh token does not wait, and counts', async () => {
    await start();
    const { token, one } = await twoWithAnExpiredToken();
    const goOn = one.holdAnswers();
    const first = one.tokens.accessToken(token);
    await eventually(() => one.asked.length > 0);
    const untilMs = (await stored()).refreshClaim?.untilMs ?? 0;
    await harness.connect(harness.control.issueRefreshToken(REALM), 2);
    const reconnected = await readConnection();
    const other = new Process({ knows: () => reconnected });
    const second = await other.tokens.accessToken();
    expect(other.asked[0]).toBeLessThan(untilMs);
    goOn();
    expect(await first).toBe(second);
    expect((await stored()).adoptedSecretsVersion).toBe(2);
  });

  it('access denied does not cost the new refresh token', async () => {
    await start({ oauth: { rotateAfterMs: 0, oldRefreshToken: 'diesAtOnce' } });
    const { token, one, other } = await twoWithAnExpiredToken();
    const goOn = one.holdAnswers();
    const first = one.tokens.accessToken(token);
    await eventually(() => one.asked.length > 0);
    other.tokens.deny('access denied');
    await eventually(() => other.statuses.includes('needs_reconnect'));
    goOn();
    const renewed = await first;
    harness.control.expireAccessTokens(REALM);
    expect(await other.tokens.accessToken(renewed)).not.toBe(renewed);
    expect(stats().invalidGrants).toBe(0);
  });

  it('a stop does not wait for it', async () => {
    await start();
    const { token, one, other } = await twoWithAnExpiredToken();
    const goOn = one.holdAnswers();
    const first = one.tokens.accessToken(token);
    await eventually(() => one.asked.length > 0);
    const second = other.tokens.accessToken(token).catch((thrown: unknown) => thrown);
    await other.decided();
    await other.tokens.settled();
    expect(await second).toMatchObject({ code: 'quickbooks_busy' });
    goOn();
    expect(await first).not.toBe(token);
  });
});
