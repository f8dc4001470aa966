import type { RunFailureCodeName } from '@tillstream/contracts';
import type { HttpResponse } from '@tillstream/http-client';
import { PermanentError, type TillstreamError, TransientError } from '@tillstream/kernel';

/** A JSON object or array: everything `wc/v3` answers with. */
export type JsonAnswer = Readonly<Record<string, unknown>> | readonly unknown[];

/**
 * The JSON of a successful answer, else a typed error. Hosts put a lot between us and the shop: firewalls and
 * maintenance pages in HTML, PHP notices before the JSON, empty 200s after a fatal error. None of them is an answer.
 *
 * @param nowMs wall clock, to read a `Retry-After` given as a date.
 * @throws TransientError `source_unavailable`
 * @throws PermanentError `source_auth_failed`, `source_permission_missing`, `source_api_missing`, `source_redirected`,
 *   `source_not_found`, `source_rejected`
 */
export function readAnswer(response: HttpResponse, nowMs: number): JsonAnswer {
  const { status } = response;
  const json = parseJson(response.body);
  if (status < 200 || status > 299) throw errorFor(response, json, nowMs);
  if (json === undefined)
    throw unavailable(`the shop answered ${describeBody(response)}`, { httpStatus: status, reason: 'not_json' });
  return json;
}

/** WordPress often has a byte order mark in front of its JSON; anything else in front makes it no JSON. */
function parseJson(body: string): JsonAnswer | undefined {
  const text = body.replace(/^\uFEFF/, '').trim();
  if (!text.startsWith('{') && !text.startsWith('[')) return undefined;
  try {
    return JSON.parse(text) as JsonAnswer;
  } catch {
    return undefined;
  }
}

function describeBody({ body, headers }: HttpResponse): string {
  if (body.trim() === '') return "with an empty body (often a PHP fatal error: see the shop's error log)";
  if (/^\s*</.test(body) && /[{[]\s*$|[}\]]\s*$/.test(body)) {
    return 'with something printed before the JSON (often a PHP notice: switch WP_DEBUG_DISPLAY off)';
  }
  if (/html/.test(headers['content-type'] ?? '') || /^\s*</.test(body)) return 'with a web page instead of JSON';
  return 'with JSON that is cut off or broken';
}

function errorFor(response: HttpResponse, json: JsonAnswer | undefined, nowMs: number): TillstreamError {
  const { status } = response;
  const fault = faultOf(json);
  const detail = { httpStatus: status, ...fault };
  if (status >= 300 && status < 400) return redirected(response, detail);
  if (status === 401) return unauthorized(fault, detail);
  if (status === 403 && fault.faultCode !== undefined) {
    return permissionMissing('the user of the consumer key may not read this; use a key of a shop manager', detail);
  }
  if (status === 404) return notFound(fault, detail);
  if (status === 403 || status === 408 || status === 429 || status >= 500) {
    const who = fault.faultCode ?? (json === undefined ? 'a page of the host or its firewall' : 'an error');
    return unavailable(`the shop answered HTTP ${status} with ${who}`, detail, retryAfterMs(response, nowMs));
  }
  return refused('source_rejected', `the shop refused the request: ${fault.faultDetail ?? `HTTP ${status}`}`, detail);
}

function redirected({ headers }: HttpResponse, detail: object): PermanentError {
  const to = headers.location ?? '';
  const where = URL.canParse(to) ? new URL(to).origin : 'another address';
  const message = `the shop redirects to ${where}; enter the address at which the shop itself answers as storeUrl`;
  return refused('source_redirected', message, detail);
}

function unauthorized(fault: Fault, detail: object): PermanentError {
  if (/permission/i.test(fault.faultDetail ?? '')) {
    return permissionMissing('the consumer key may not read; create a key with permission Read', detail);
  }
  const message =
    fault.faultCode === undefined || fault.faultCode.startsWith('woocommerce_rest_cannot_')
      ? 'the shop does not accept the consumer key; check key and secret, and that the host passes the Authorization header on'
      : `the shop does not accept the consumer key: ${fault.faultDetail ?? fault.faultCode}`;
  return refused('source_auth_failed', message, detail);
}

function permissionMissing(message: string, detail: object): PermanentError {
  return refused('source_permission_missing', message, detail);
}

function notFound(fault: Fault, detail: object): PermanentError {
  if (fault.faultCode !== undefined && fault.faultCode !== 'rest_no_route') {
    return refused('source_not_found', 'the shop has no such record', detail);
  }
  const message =
    'there is no WooCommerce API at this address; check storeUrl, that WooCommerce is active and that permalinks are not "plain"';
  return refused('source_api_missing', message, detail);
}

/** Repeating does not help; a run ends with the code. */
function refused(code: RunFailureCodeName, message: string, detail: object): PermanentError {
  return new PermanentError(code, message, { detail: { ...detail } });
}

function unavailable(message: string, detail: object, retryAfter?: number): TransientError {
  const code: RunFailureCodeName = 'source_unavailable';
  return new TransientError(code, message, {
    detail: { ...detail },
    ...(retryAfter !== undefined && { retryAfterMs: retryAfter }),
  });
}

interface Fault {
  readonly faultCode?: string;
  readonly faultDetail?: string;
}

/** WordPress errors are `{code, message, data}`. */
function faultOf(json: JsonAnswer | undefined): Fault {
  if (json === undefined || Array.isArray(json)) return {};
  const { code, message } = json as Readonly<Record<string, unknown>>;
  return {
    ...(typeof code === 'string' && { faultCode: code.slice(0, 100) }),
    ...(typeof message === 'string' && { faultDetail: message.slice(0, 300) }),
  };
}

/** Seconds or an HTTP date (RFC 9110). */
function retryAfterMs({ headers }: HttpResponse, nowMs: number): number | undefined {
  const text = headers['retry-after']?.trim();
  if (text === undefined) return undefined;
  if (/^\d{1,7}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
