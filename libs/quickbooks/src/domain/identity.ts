import { base32Digest } from '@tillstream/kernel';
import type { RequestIdParts, WireEntity } from './model.js';
import { cleanText } from './text.js';

/** Longest DocNumber and PaymentRefNum. */
export const NUMBER_LENGTH = 21;
const HASH_CHARACTERS = 10;

/**
 * A number as QuickBooks takes it: unchanged up to 21 characters of ISO-8859-1; else its beginning and a stable hash
 * of the whole, so that two long numbers stay two (contract section 11).
 */
export function shortNumber(text: string): string {
  const clean = cleanText(text, true);
  if (clean === text && text.length <= NUMBER_LENGTH) return text;
  const head = clean.slice(0, NUMBER_LENGTH - HASH_CHARACTERS - 1).trim();
  return `${head}-${base32Digest(['number', text], HASH_CHARACTERS * 5)}`;
}

/** DocNumber of a sales document: prefix + order number (B8). */
export function docNumber(prefix: string, number: string): string {
  return shortNumber(`${prefix}${number}`);
}

/** The last line of PrivateNote that proves a document is ours (B7). `sourceId` is `woo:1042`. */
export function ownershipMarker(kind: 'invoice' | 'payment', sourceIdentity: string, sourceId: string): string {
  return `[ts1 ${kind} ${base32Digest([sourceIdentity, sourceId], 80)}]`;
}

const MARKER = /^\[ts1 [a-z]+ [a-z2-7]{16}\]$/u;

/** The marker in the last line of a PrivateNote, or null when a person wrote it. */
export function markerOf(privateNote: unknown): string | null {
  if (typeof privateNote !== 'string') return null;
  const last = privateNote.trimEnd().split(/\r?\n/u).at(-1)?.trim() ?? '';
  return MARKER.test(last) ? last : null;
}

/** Whether a document found in QuickBooks is the one we would have written: only the exact marker proves it (B7). */
export function isOurs(entity: WireEntity, marker: string): boolean {
  return markerOf(entity['PrivateNote']) === marker; // GUARD(ownership-marker)
}

/**
 * The idempotency key of one effect (D11): 32 characters, the same for every attempt, another for every revision.
 * Nothing of time or attempt goes in, so a writer that died asks with the same key again.
 */
export function requestId({ realmId, sourceIdentity, kind, sourceId, revision }: RequestIdParts): string {
  return base32Digest([realmId, sourceIdentity, kind, sourceId, String(revision)], 160); // GUARD(requestid)
}
