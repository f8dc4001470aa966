import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new API key: 256 bits of chance, with a prefix that secret scanners can look for. */
export function generateApiKey(): string {
  return `ts_${randomBytes(32).toString('base64url')}`;
}

/** A new master key: base64 of 32 bytes. */
export function generateMasterKey(): string {
  return randomBytes(32).toString('base64');
}

/** What is stored of an API key. Keys carry >= 24 characters of chance, so a plain hash is enough and quick. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

/** Compares two texts without telling by its duration where they differ, whatever their lengths. */
export function constantTimeEqual(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(left), digest(right));
}
