import type { Clock } from '@tillstream/kernel';
import { Agent } from 'undici';
import { createConnector } from './connector.js';
import { ACCEPT_ENCODING } from './decode-body.js';
import { HttpNotSent, HttpOutcomeUnknown } from './errors.js';
import { Exchange } from './exchange.js';
import { checkTarget } from './target-guard.js';
import type { HttpClient, HttpRequest, HttpResponse } from './types.js';

/** The part of a structured logger this package needs. */
export interface HttpLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface HttpClientOptions {
  readonly clock: Clock;
  /** Plain http and private addresses too (tests, on-premises shops). */
  readonly allowPrivateTargets: boolean;
  /** Default `Tillstream/0.1.0`; some hosts block agents that pretend to be a browser. */
  readonly userAgent?: string;
  /** Milliseconds of the clock until a connection must stand. Default 30 s; the request's deadline counts as well. */
  readonly connectTimeoutMs?: number;
  readonly logger?: HttpLogger;
}

const DEFAULT_MAX_BODY_BYTES = 20 * 1024 * 1024;
const DEFAULT_CONNECT_TIMEOUT_MS = 30_000;

/** An HTTP/1.1 client with a keep-alive pool per origin, one deadline per request and typed failures (D12, D16). */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { clock, allowPrivateTargets, userAgent = 'Tillstream/0.1.0', logger } = options;
  const agent = new Agent({
    connect: createConnector({
      clock,
      allowPrivateTargets,
      connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    }),
    // 0 = off: undici would count wall time; the deadline below is the only one.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
  });

  async function exchange(request: HttpRequest, target: URL): Promise<HttpResponse> {
    const running = new Exchange({
      method: request.method,
      target,
      maxBodyBytes: request.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
      onSent: request.onSent ?? (() => {}),
    });
    const cancelDeadline = clock.setTimer(request.deadlineMs, () => running.giveUp('deadline'));
    const onAbort = () => running.giveUp('aborted');
    request.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      if (request.signal?.aborted) onAbort();
      else dispatch(agent, request, target, userAgent, running);
      return await running.answer;
    } finally {
      cancelDeadline();
      request.signal?.removeEventListener('abort', onAbort);
    }
  }

  return {
    async send(request) {
      const target = checkTarget(request.url, allowPrivateTargets);
      const began = clock.monotonic();
      const line = { method: request.method, origin: target.origin, path: target.pathname };
      try {
        const response = await exchange(request, target);
        logger?.debug({ ...line, status: response.status, ms: clock.monotonic() - began }, 'remote answered');
        return response;
      } catch (error) {
        const reason =
          error instanceof HttpNotSent || error instanceof HttpOutcomeUnknown ? error.reason : 'request_refused';
        logger?.debug({ ...line, reason, ms: clock.monotonic() - began }, 'remote gave no answer');
        throw error;
      }
    },
    async close() {
      await agent.destroy();
    },
  };
}

function dispatch(agent: Agent, request: HttpRequest, target: URL, userAgent: string, running: Exchange): void {
  agent.dispatch(
    {
      origin: target.origin,
      path: `${target.pathname}${target.search}`,
      method: request.method,
      headers: { 'accept-encoding': ACCEPT_ENCODING, ...ownHeaders(request), 'user-agent': userAgent },
      body: request.body ?? null,
    },
    running,
  );
}

/** The caller's headers in lower case, without those that are the client's business. */
function ownHeaders({ headers = {} }: HttpRequest): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) own[name.toLowerCase()] = value;
  for (const reserved of ['host', 'content-length', 'transfer-encoding', 'connection']) delete own[reserved];
  return own;
}
