import { hash } from 'node:crypto';

/**
 * RFC 8785 canonical JSON: equal values give equal text, whatever the order of keys. Unlike the RFC it takes text that is
 * no valid Unicode (half an emoji in a shop's note) as JSON prints it: hashing must not fail for what others wrote.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
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
