import { PermanentError, TransientError } from '@tillstream/kernel';
import type { List } from './views.js';

/** A refusal of the instance (RFC 9457): `message` is its detail. */
export class ApiRefusal extends PermanentError {
  constructor(
    readonly status: number,
    code: string,
    message: string,
    /** Further members of the problem, e.g. `syncId` of the active run. */
    readonly members: Readonly<Record<string, unknown>>,
  ) {
    super(code, message);
  }
}

/** Nobody waits longer for one answer, milliseconds; the slowest is a connection test. */
const TIMEOUT_MS = 60_000;
/** Starts of runs carry it, so that a run says who asked for it. */
const USER_AGENT = 'tillstream-cli/0.1.0';
const PAGE = 200;

type Query = Readonly<Record<string, string | number | undefined>>;

/** The REST API of one instance with one key. */
export class Api {
  constructor(
    readonly url: string,
    private readonly key: string,
  ) {}

  /** Throws ApiRefusal, `api_unreachable`. */
  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.#send<T>('GET', `${path}${queryText(query)}`);
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.#send<T>('POST', path, body);
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.#send<T>('PUT', path, body);
  }

  /** undefined instead of a refusal with one of `codes`: where the answer "there is none" is a normal one. */
  async getUnless<T>(codes: readonly string[], path: string): Promise<T | undefined> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      if (error instanceof ApiRefusal && codes.includes(error.code)) return undefined;
      throw error;
    }
  }

  /** The first `limit` items of a list, over as many pages as that takes; `hasMore` = the list goes on. */
  async list<T>(
    path: string,
    query: Query,
    limit: number,
  ): Promise<{ readonly items: T[]; readonly hasMore: boolean }> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const page: List<T> = await this.get<List<T>>(path, {
        ...query,
        limit: Math.min(PAGE, limit - items.length),
        cursor,
      });
      items.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && items.length < limit);
    return { items, hasMore: cursor !== undefined };
  }

  async #send<T>(method: string, path: string, body?: object): Promise<T> {
    const { status, text } = await this.#exchange(method, path, body);
    const answer = parsed(text);
    if (status >= 200 && status < 300) return answer as T;
    const { code, detail, ...members } = answer as Record<string, unknown>;
    const message = typeof detail === 'string' ? detail : `${method} ${path} was answered with HTTP ${status}`;
    throw new ApiRefusal(status, typeof code === 'string' ? code : `http_${status}`, message, members);
  }

  async #exchange(method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.key}`, 'user-agent': USER_AGENT };
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await fetch(`${this.url}${path}`, {
        method,
        headers,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, text: await response.text() };
    } catch (cause) {
      const message = `No answer from ${this.url}: is Tillstream running there? Start it with "npm start", or set TILLSTREAM_URL.`;
      throw new TransientError('api_unreachable', message, { cause });
    }
  }
}

function parsed(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    // Something else answers there, e.g. a proxy's page; the status says enough.
    return {};
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)]))).toString()}`;
}
