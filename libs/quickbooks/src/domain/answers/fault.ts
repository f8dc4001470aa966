import type { RemoteError } from '@tillstream/contracts';
import { isObject, listAt, textAt } from '../wire-json.js';

/** One error out of an answer, whatever its shape (facts section 3). */
export interface Fault {
  /** Without leading zeros; "" when the answer names none. */
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly detail: string;
  readonly element: string;
}

const DETAIL_LENGTH = 300;
/** Cut where it is read: nothing of a fault that anybody needs is longer, and patterns cost more than its length. */
const LONGEST_TEXT = 1_000;
const LONGEST_CODE = 40;
/** The gateway's faults are below 1 kB; what follows is no part of one. */
const LONGEST_XML = 16_000;

/** The fault of a parsed JSON answer: `Fault.Error` of the API or `fault.error` of the gateway; null when there is none. */
export function jsonFault(body: unknown): Fault | null {
  if (!isObject(body)) return null;
  for (const [holder, list] of [
    ['Fault', 'Error'],
    ['fault', 'error'],
  ] as const) {
    if (!isObject(body[holder])) continue;
    const [first] = listAt(body, holder, list);
    const type = textAt(body, holder, 'type');
    const text = (name: string) => cut(textAt(first, name) || textAt(first, name.toLowerCase()));
    const message = text('Message');
    return {
      code: codeOf(textAt(first, 'code'), message),
      type: cut(type),
      message,
      detail: withoutPeople(text('Detail')),
      element: cut(textAt(first, 'element')),
    };
  }
  return null;
}

/** The fault of an XML answer, which the gateway sends for 401 and 429 even where JSON was asked for; null when none. */
export function xmlFault(answer: string): Fault | null {
  const body = answer.slice(0, LONGEST_XML);
  const fault = /<(?:\w{1,40}:)?Fault\b([^>]{0,500})>/u.exec(body);
  if (!fault) return null;
  const attributes = /<(?:\w{1,40}:)?Error\b([^>]{0,500})>/u.exec(body)?.[1] ?? '';
  const message = xmlText(body, 'Message');
  return {
    code: codeOf(xmlAttribute(attributes, 'code'), message),
    type: xmlAttribute(fault[1] ?? '', 'type'),
    message,
    detail: withoutPeople(xmlText(body, 'Detail')),
    element: xmlAttribute(attributes, 'element'),
  };
}

/**
 * Faults become facts, which are kept for ever and hold no personal data (D4): e-mail addresses go, and so does the
 * sentence of 5010 that names the QuickBooks user who was faster.
 */
function withoutPeople(detail: string): string {
  return detail.replace(/\bYou and .* were working on this.*/su, SOMEBODY).replace(EMAIL, '(e-mail)');
}
const SOMEBODY = 'Somebody else worked on this at the same time.';
const EMAIL = /[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/gu;

function xmlAttribute(attributes: string, name: string): string {
  return new RegExp(`\\b${name}=["']([^"']*)["']`, 'u').exec(attributes)?.[1] ?? '';
}

function xmlText(body: string, name: string): string {
  return cut(new RegExp(`<(?:\\w{1,40}:)?${name}>([^<]*)<`, 'u').exec(body)?.[1]?.trim() ?? '');
}

const cut = (text: string): string => text.slice(0, LONGEST_TEXT);

/** `003001` -> `3001`; the gateway may name it in the message only. */
function codeOf(code: string, message: string): string {
  const found = code === '' ? (/errorCode=(\d+)/u.exec(message)?.[1] ?? '') : code;
  return found.slice(0, LONGEST_CODE).replace(/^0+(?=\d)/u, '');
}

/** What people and support see of an answer: never its body. */
export function remoteError(status: number, fault: Fault | null, traceId: string | null): RemoteError {
  const detail = fault === null ? '' : [fault.message, fault.detail].filter(Boolean).join(': ');
  return {
    httpStatus: status,
    ...(fault === null || fault.code === '' ? {} : { faultCode: fault.code }),
    ...(detail === '' ? {} : { faultDetail: detail.slice(0, DETAIL_LENGTH) }),
    ...(traceId === null ? {} : { traceId }),
  };
}
