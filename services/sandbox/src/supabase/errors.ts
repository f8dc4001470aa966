/** An error of the database: SQLSTATE and texts, whichever driver reported it. */
export class DbError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly detail: string | null = null,
    readonly hint: string | null = null,
  ) {
    super(message);
  }
}

/** The DbError in whatever a driver threw; undefined when it is none (a lost connection, a bug). */
export function asDbError(thrown: unknown): DbError | undefined {
  if (thrown instanceof DbError) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  const { code, detail, hint } = thrown as { code?: unknown; detail?: unknown; hint?: unknown };
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/u.test(code)) return undefined;
  return new DbError(code, thrown.message, textOrNull(detail), textOrNull(hint));
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** An error PostgREST itself answers: `{code, message, details, hint}`. */
export class RestError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: string | null = null,
    readonly hint: string | null = null,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Exact codes first, then classes by their first two characters (facts section 5). */
const BY_CODE: Readonly<Record<string, number>> = {
  '53400': 500,
  '57P01': 503,
  '57014': 500,
  '40001': 500,
  '40P01': 500,
  '21000': 500,
  '23503': 409,
  '23505': 409,
  '25006': 405,
  '22023': 400,
  '42883': 404,
  '42P01': 404,
  '42P17': 500,
  P0001: 400,
};

const BY_CLASS: Readonly<Record<string, number>> = {
  '08': 503,
  '09': 500,
  '0L': 403,
  '0P': 403,
  '25': 500,
  '28': 403,
  '2D': 500,
  '38': 500,
  '39': 500,
  '3B': 500,
  '40': 500,
  '53': 503,
  '54': 500,
  '55': 500,
  '57': 500,
  '58': 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
};

/** The HTTP status PostgREST gives a SQLSTATE; `anonymous` is a request without a key of its own rights. */
export function statusOf(error: Pick<DbError, 'code' | 'message'>, anonymous: boolean): number {
  const { code, message } = error;
  if (code === '42501') return anonymous ? 401 : 403;
  if (code === '21000' && message.endsWith('requires a WHERE clause')) return 400;
  if (code === '22023' && /^role .* does not exist$/u.test(message)) return 401;
  const raised = /^PT(\d{3})$/u.exec(code)?.[1];
  if (raised !== undefined) return Number(raised);
  return BY_CODE[code] ?? BY_CLASS[code.slice(0, 2)] ?? 400;
}
