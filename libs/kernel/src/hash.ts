import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** RFC 8785 canonical JSON: equal values give equal text, whatever the order of keys. */
export function canonicalJson(value: unknown): string {
  return canonicalize(value) ?? 'null';
}

export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

/** Hash of a JSON value's canonical form, 64 hex characters. */
export function contentHash(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** First `bits` bits of sha256(parts joined by NUL) in lower-case base32; `bits` is a multiple of 5. */
export function base32Digest(parts: readonly string[], bits: number): string {
  const digest = hash('sha256', parts.join('\0'), 'buffer');
  let text = '';
  for (let bit = 0; bit < bits; bit += 5) {
    const index = bit >> 3;
    const window = ((digest[index] ?? 0) << 8) | (digest[index + 1] ?? 0);
    text += BASE32[(window >> (11 - (bit & 7))) & 31];
  }
  return text;
}
