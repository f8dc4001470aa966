import { asDbError, RestError, statusOf } from '../errors.js';

/** An answer of the Data API, and what the ledger wants to know of the work behind it. */
export interface RestReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly code?: string;
  /** Rows a statement inserted, updated or deleted. */
  readonly rows?: number;
}

export const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };
const OBJECT_HEADERS = { 'content-type': 'application/vnd.pgrst.object+json; charset=utf-8' };

export function jsonHeaders(single: boolean): Readonly<Record<string, string>> {
  return single ? OBJECT_HEADERS : JSON_HEADERS;
}

/** `{code, details, hint, message}` with `Proxy-Status`, whatever went wrong. */
export function errorReply(thrown: unknown, anonymous: boolean): RestReply {
  if (thrown instanceof RestError) {
    const { status, code, message, details, hint, headers } = thrown;
    return errorBody(status, { code, details, hint, message }, headers);
  }
  const failed = asDbError(thrown);
  if (failed !== undefined) {
    const { code, message, detail: details, hint } = failed;
    const status = statusOf(failed, anonymous);
    return errorBody(status, { code, details, hint, message }, status === 401 ? { 'www-authenticate': 'Bearer' } : {});
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  // What the pool of the driver says when no connection became free in time.
  if (message.startsWith('timeout exceeded when trying to connect')) {
    return errorBody(504, {
      code: 'PGRST003',
      details: null,
      hint: null,
      message: 'Timed out acquiring connection from connection pool.',
    });
  }
  return errorBody(503, {
    code: 'PGRST001',
    details: message,
    hint: null,
    message: 'Database client error. Retrying the connection.',
  });
}

interface ErrorBody {
  readonly code: string;
  readonly details: string | null;
  readonly hint: string | null;
  readonly message: string;
}

export function errorBody(status: number, body: ErrorBody, headers: Readonly<Record<string, string>> = {}): RestReply {
  return {
    status,
    headers: { ...JSON_HEADERS, 'proxy-status': `PostgREST; error=${body.code}`, ...headers },
    body: JSON.stringify(body),
    code: body.code,
  };
}

/** `0-24/100`, `*` for what is not known or empty. */
export function contentRange(offset: number, rows: number, total: number | undefined): string {
  const page = rows === 0 ? '*' : `${offset}-${offset + rows - 1}`;
  return `${page}/${total ?? '*'}`;
}
