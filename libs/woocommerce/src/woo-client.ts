import {
  type HttpClient,
  HttpNotSent,
  HttpOutcomeUnknown,
  type HttpRequest,
  type HttpResponse,
} from '@tillstream/http-client';
import { asError, type Clock, type Ids, TillstreamError, TransientError } from '@tillstream/kernel';
import { type Breaker, backoff } from '@tillstream/resilience';
import { type JsonAnswer, readAnswer } from './answer.js';
import { signedParameters } from './oauth.js';

/** How often and how fast a read is repeated. Reads have no effect, so repeating one is always safe. */
export interface RetryPolicy {
  /** Attempts in all, at least 1. */
  readonly attempts: number;
  /** Milliseconds to wait after failed attempt `attempt` (from 1). A longer Retry-After wins … */
  delayMs(attempt: number): number;
  /** … unless it asks for more than this; then the error is handed up with its `retryAfterMs`. */
  readonly longestWaitMs: number;
}

export interface WooClientOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly storeUrl: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  /** Default: 5 attempts, full jitter from 1 s to 30 s, Retry-After up to 2 minutes. */
  readonly retry?: RetryPolicy;
  /** Milliseconds per attempt, default 60 s. */
  readonly deadlineMs?: number;
  readonly breaker?: Pick<Breaker, 'run'>;
}

export interface WooCall {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly signal?: AbortSignal | undefined;
  /** Without the key: WordPress refuses it outside of WooCommerce's own routes. */
  readonly anonymous?: boolean;
  /** Ends the attempts before the policy does: repeating this very request makes no sense. */
  readonly giveUp?: (error: unknown, attempt: number) => boolean;
}

export interface WooAnswer<T = JsonAnswer> {
  readonly body: T;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WooPage {
  /** As the shop lists them; each should be an object. */
  readonly items: readonly unknown[];
  /** X-WP-Total; null when a proxy dropped it. Means nothing on an empty page (facts, section 3). */
  readonly total: number | null;
}

/** A reader's view of one shop: there is only GET. Lists in parameters are comma separated, never `name[]`. */
export interface WooClient {
  /** A path below `/wp-json`, e.g. `/wc/v3/orders`. Errors: see `readAnswer`; network failures are `source_unavailable`. */
  get(path: string, call?: WooCall): Promise<WooAnswer>;
  /** Like `get`, for lists: anything but an array is `source_unavailable`. */
  list(path: string, call?: WooCall): Promise<WooPage>;
  /** HTTP calls made so far, failed ones included. */
  readonly calls: number;
  readonly storeUrl: string;
}

export function defaultRetry(random: () => number): RetryPolicy {
  return {
    attempts: 5,
    delayMs: (attempt) => backoff({ attempt, baseMs: 1_000, maxMs: 30_000, random: random() }),
    longestWaitMs: 120_000,
  };
}

/** Basic auth on https, OAuth 1.0a on http (contract section 3); the HttpClient refuses http to public addresses. */
export function createWooClient(options: WooClientOptions): WooClient {
  const { clock, http, ids, breaker } = options;
  const retry = options.retry ?? defaultRetry(() => ids.random());
  const storeUrl = normalUrl(options.storeUrl);
  let calls = 0;

  async function once<T>(path: string, call: WooCall, read: (response: HttpResponse) => T) {
    calls += 1;
    const request = buildRequest(options, `${storeUrl}/wp-json${path}`, call);
    const response = await http
      .send({ ...request, deadlineMs: options.deadlineMs ?? 60_000, ...(call.signal && { signal: call.signal }) })
      .catch((error: unknown) => Promise.reject(asUnavailable(error)));
    return { body: read(response), headers: response.headers };
  }

  async function attempt<T>(path: string, call: WooCall, read: (response: HttpResponse) => T) {
    for (let number = 1; ; number += 1) {
      try {
        const run = () => once(path, call, read);
        return await (breaker ? breaker.run(run) : run());
      } catch (error) {
        const waitMs = waitBefore(error, number, retry);
        if (waitMs === undefined || call.giveUp?.(error, number) || call.signal?.aborted) throw error;
        await clock.sleep(waitMs, call.signal);
      }
    }
  }

  const client: WooClient = {
    get: (path, call = {}) => attempt(path, call, (response) => readAnswer(response, clock.now())),
    async list(path, call = {}) {
      const { body, headers } = await attempt(path, call, (response) => rows(response, clock.now()));
      return { items: body, total: /^\d+$/.test(headers['x-wp-total'] ?? '') ? Number(headers['x-wp-total']) : null };
    },
    get calls() {
      return calls;
    },
    storeUrl,
  };
  return client;
}

/** undefined when the shop does not have it. */
export async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TillstreamError && error.code === 'source_not_found') return undefined;
    throw error;
  }
}

/** Milliseconds to wait, or undefined when repeating is pointless or would take too long. */
function waitBefore(error: unknown, attempt: number, retry: RetryPolicy): number | undefined {
  if (attempt >= retry.attempts || !(error instanceof TransientError)) return undefined;
  if ((error.retryAfterMs ?? 0) > retry.longestWaitMs) return undefined;
  return Math.max(retry.delayMs(attempt), error.retryAfterMs ?? 0);
}

function rows(response: HttpResponse, nowMs: number): WooPage['items'] {
  const body = readAnswer(response, nowMs);
  if (Array.isArray(body)) return body;
  throw new TransientError('source_unavailable', 'the shop answered with something else than a list', {
    detail: { httpStatus: response.status, reason: 'not_json' },
  });
}

function asUnavailable(error: unknown): Error {
  if (!(error instanceof HttpNotSent) && !(error instanceof HttpOutcomeUnknown)) return asError(error);
  const message = `the shop is not reachable: ${error.message}`;
  return new TransientError('source_unavailable', message, { cause: error, detail: error.detail });
}

function buildRequest(
  { consumerKey, consumerSecret, clock, ids }: WooClientOptions,
  url: string,
  { params = {}, anonymous = false }: WooCall,
): Pick<HttpRequest, 'method' | 'url' | 'headers'> {
  const method = 'GET';
  const parameters = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
  const headers = { accept: 'application/json' };
  if (anonymous) return { method, url: withQuery(url, parameters), headers };
  if (url.startsWith('https:')) {
    const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
    return { method, url: withQuery(url, parameters), headers: { ...headers, authorization: `Basic ${basic}` } };
  }
  const signed = signedParameters(
    { method, url, parameters },
    { consumerKey, consumerSecret, nonce: ids.next('n'), timestampSeconds: Math.floor(clock.now() / 1000) },
  );
  return { method, url: withQuery(url, signed), headers };
}

/** As the shop sees it, which is what it signs: scheme and host in lower case, no default port, no slash at the end. */
function normalUrl(storeUrl: string): string {
  return (URL.canParse(storeUrl) ? new URL(storeUrl).href : storeUrl).replace(/\/+$/, '');
}

/** WordPress signs and reads `%20`, never `+`. */
function withQuery(url: string, parameters: Readonly<Record<string, string>>): string {
  const query = Object.entries(parameters)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return query === '' ? url : `${url}?${query}`;
}
