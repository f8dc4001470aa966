import type { ProblemCodeName, RemoteError } from '@tillstream/contracts';
import type { CallContext, RemoteResult } from '../model.js';
import type { Fault } from './fault.js';

/** What each fault code of the facts table means for the caller (facts section 3). */

type Outcome = Exclude<RemoteResult, { kind: 'ok' }>;
type Reading = (fault: Fault, remote: RemoteError, context: CallContext) => Outcome;

const rejected =
  (code: ProblemCodeName): Reading =>
  (fault, remote) => ({ kind: 'rejected', code, message: sentence(fault), remote });
const later =
  (code: ProblemCodeName): Reading =>
  (fault, remote) => ({ kind: 'retry_later', code, message: sentence(fault), remote });

const authExpired: Reading = (_fault, remote) => ({ kind: 'auth_expired', remote });
const authDenied: Reading = (_fault, remote) => ({ kind: 'auth_denied', remote });
const throttled: Reading = (_fault, remote) => ({ kind: 'throttled', remote });
const stale: Reading = (_fault, remote) => ({ kind: 'stale', remote });
const periodClosed: Reading = (_fault, remote) => ({ kind: 'period_closed', remote });
const duplicateRequest: Reading = (_fault, remote) => ({ kind: 'duplicate_request', remote });
const invalidReference: Reading = (fault, remote) => ({ kind: 'invalid_reference', element: elementOf(fault), remote });
const duplicateDocNumber: Reading = (fault, remote) => ({
  kind: 'duplicate_doc_number',
  holderId: /\bTxnId\s*[=:]?\s*(\d+)/u.exec(fault.detail)?.[1] ?? null,
  remote,
});
const duplicateName: Reading = (fault, remote) => ({
  kind: 'duplicate_name',
  existingId: /\bId\s*[=:]\s*(\d+)/u.exec(fault.detail)?.[1] ?? null,
  remote,
});
/** 610 on a create can only mean something it refers to: then it reads as 2500 (both have been seen for inactive ones). */
const notFound: Reading = (fault, remote, { creates }) =>
  creates === true ? { kind: 'invalid_reference', element: elementOf(fault), remote } : { kind: 'not_found', remote };
/** 10000 says nothing about how far the server got. */
const applicationError: Reading = (fault, remote, { effect }) =>
  effect === 'write'
    ? { kind: 'unknown_outcome', reason: sentence(fault), remote }
    : { kind: 'retry_later', code: 'quickbooks_unavailable', message: sentence(fault), remote };

const mappingInvalid = rejected('mapping_invalid');
const refused = rejected('quickbooks_rejected');
const busy = later('quickbooks_busy');

// biome-ignore format: a table reads better in rows
const READINGS: Readonly<Record<string, Reading>> = {
  '100': authExpired, '110': authExpired, '3200': authExpired, '3202': authExpired,
  '120': authDenied, '3100': authDenied,
  '130': busy, '140': busy, '150': busy,
  '500': mappingInvalid,
  '600': duplicateRequest,
  '610': notFound,
  '620': refused, '800': refused,
  '1040': mappingInvalid,
  '2010': mappingInvalid, '2020': mappingInvalid, '2030': mappingInvalid, '2040': mappingInvalid, '2050': mappingInvalid,
  '2210': mappingInvalid,
  '2500': invalidReference,
  '3000': mappingInvalid,
  '3001': throttled,
  '4000': mappingInvalid, '4001': mappingInvalid,
  '5010': stale,
  '5020': rejected('permission_denied'),
  '5030': rejected('feature_off'),
  '6000': refused,
  '6070': mappingInvalid, '6100': mappingInvalid, '6160': mappingInvalid, '6170': mappingInvalid,
  '6140': duplicateDocNumber,
  '6190': rejected('subscription_ended'),
  '6200': periodClosed, '6210': periodClosed,
  '6240': duplicateName,
  '6250': refused, '6430': refused, '6440': refused,
  '6270': refused, '6520': refused,
  '6480': refused, '6540': refused,
  '10000': applicationError,
  '10100': mappingInvalid,
  '10200': refused,
};

/** Codes the table knows, for the test that compares it with the facts. */
export const KNOWN_FAULT_CODES: readonly string[] = Object.keys(READINGS);

/** The meaning of a fault; an unknown code is read by the fault's type and the status. */
export function readFault(fault: Fault, status: number, remote: RemoteError, context: CallContext): Outcome {
  if (status === 429) return throttled(fault, remote, context);
  const reading = Object.hasOwn(READINGS, fault.code) ? READINGS[fault.code] : undefined;
  return (reading ?? byType(fault, status))(fault, remote, context);
}

function byType(fault: Fault, status: number): Reading {
  const type = fault.type.toLowerCase();
  if (status === 401 || type.startsWith('authentication')) return authExpired;
  if (type.startsWith('authorization')) return authDenied;
  if (status >= 500 || type === 'systemfault' || type === 'service') return applicationError;
  return refused;
}

function sentence({ message, detail, code }: Fault): string {
  const text = detail || message || 'no reason given';
  return `QuickBooks says: ${text.slice(0, 300)}${code === '' ? '' : ` (${code})`}`;
}

/** The path of the reference in `element` or in the Detail; null when only a sentence is given. */
function elementOf({ element, detail }: Fault): string | null {
  if (element !== '') return element;
  const last = detail.split(' : ').at(-1)?.trim() ?? '';
  return /^[\w.[\]]+$/u.test(last) ? last : null;
}
