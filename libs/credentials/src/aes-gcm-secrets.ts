import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { PermanentError, sha256Hex } from '@tillstream/kernel';
import type { SealedSecret, SecretOwner, Secrets } from './secrets.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

export interface MasterKeys {
  /** Base64 of 32 bytes. */
  readonly current: string;
  /** The key before a rotation: only opens. */
  readonly previous?: string | undefined;
}

/**
 * AES-256-GCM with tenant, connection and key version as associated data: a sealed secret that is moved to another
 * record, or changed in any bit, does not open. Throws `master_key_invalid` for a key that is not 32 bytes.
 */
export function createSecrets(keys: MasterKeys): Secrets {
  const current = loadKey(keys.current);
  const known = new Map([[current.version, current]]);
  if (keys.previous !== undefined) {
    const previous = loadKey(keys.previous);
    known.set(previous.version, previous);
  }
  return {
    seal: (plaintext, owner) => seal(plaintext, owner, current),
    open: (sealed, owner) => {
      const key = known.get(sealed.keyVersion);
      if (!key) throw undecryptable('it was sealed under a master key that is not configured');
      return open(sealed, owner, key);
    },
    isStale: (sealed) => sealed.keyVersion !== current.version,
  };
}

interface MasterKey {
  readonly bytes: Buffer;
  /** First 16 hex characters of the key's sha256: tells keys apart, tells nothing about the key. */
  readonly version: string;
}

function loadKey(base64: string): MasterKey {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== base64.trim()) {
    throw new PermanentError('master_key_invalid', 'a master key must be base64 of exactly 32 bytes');
  }
  return { bytes, version: sha256Hex(`tillstream master key ${base64.trim()}`).slice(0, 16) };
}

/** JSON keeps the parts apart: no two owners share a text. */
function associatedData(owner: SecretOwner, keyVersion: string): Buffer {
  return Buffer.from(JSON.stringify([owner.tenantId, owner.connectionId, keyVersion]), 'utf8');
}

function seal(plaintext: string, owner: SecretOwner, key: MasterKey): SealedSecret {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(owner, key.version));
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { keyVersion: key.version, nonce: nonce.toString('base64'), ciphertext: ciphertext.toString('base64') };
}

function open(sealed: SealedSecret, owner: SecretOwner, key: MasterKey): string {
  const nonce = Buffer.from(sealed.nonce, 'base64');
  const bytes = Buffer.from(sealed.ciphertext, 'base64');
  if (nonce.length !== NONCE_BYTES || bytes.length < TAG_BYTES) throw undecryptable('it is incomplete');
  const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associatedData(owner, key.version));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  try {
    const plaintext = decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES));
    return Buffer.concat([plaintext, decipher.final()]).toString('utf8');
  } catch {
    // The cause is left out on purpose: it can only be "authentication failed", and nothing of the secret may travel.
    throw undecryptable('it was changed, or belongs to another connection');
  }
}

function undecryptable(why: string): PermanentError {
  return new PermanentError('secret_undecryptable', `a stored secret cannot be opened: ${why}`);
}
