import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecrets } from './aes-gcm-secrets.js';
import { generateMasterKey } from './keys.js';
import type { SealedSecret } from './secrets.js';

const owner = fc.record({ tenantId: fc.string(), connectionId: fc.string() });
const plaintext = fc.string({ unit: 'grapheme', maxLength: 300 });
const undecryptable = expect.objectContaining({ code: 'secret_undecryptable' });

function flipBit(base64: string, bit: number): string {
  const bytes = Buffer.from(base64, 'base64');
  const index = Math.floor(bit / 8) % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit % 8));
  return bytes.toString('base64');
}

describe('sealed secrets', () => {
  const secrets = createSecrets({ current: generateMasterKey() });

  it('open to what was sealed, for the same owner', () => {
    fc.assert(
      fc.property(plaintext, owner, (text, who) => {
        expect(secrets.open(secrets.seal(text, who), who)).toBe(text);
      }),
    );
  });

  it('do not open for another tenant or connection', () => {
    fc.assert(
      fc.property(plaintext, owner, owner, (text, who, other) => {
        fc.pre(who.tenantId !== other.tenantId || who.connectionId !== other.connectionId);
        expect(() => secrets.open(secrets.seal(text, who), other)).toThrow(undecryptable);
      }),
    );
  });

  it('do not open when any bit of nonce or ciphertext is flipped', () => {
    fc.assert(
      fc.property(plaintext, owner, fc.nat(10_000), fc.boolean(), (text, who, bit, inNonce) => {
        const sealed = secrets.seal(text, who);
        const changed: SealedSecret = inNonce
          ? { ...sealed, nonce: flipBit(sealed.nonce, bit) }
          : { ...sealed, ciphertext: flipBit(sealed.ciphertext, bit) };
        expect(() => secrets.open(changed, who)).toThrow(undecryptable);
      }),
    );
  });

  it('never answer garbage of a store with anything but secret_undecryptable', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.boolean(), (nonce, ciphertext, knownKey) => {
        const { keyVersion } = secrets.seal('x', { tenantId: 't', connectionId: 'c' });
        const sealed = { keyVersion: knownKey ? keyVersion : 'other', nonce, ciphertext };
        expect(() => secrets.open(sealed, { tenantId: 't', connectionId: 'c' })).toThrow(undecryptable);
      }),
    );
  });

  it('show nothing of the plaintext in the sealed form or in errors', () => {
    const text = 'a-very-recognisable-refresh-token';
    const sealed = secrets.seal(text, { tenantId: 't', connectionId: 'c' });
    expect(JSON.stringify(sealed)).not.toContain(text);
    expect(Buffer.from(sealed.ciphertext, 'base64').toString('utf8')).not.toContain(text);
    expect(secrets.seal(text, { tenantId: 't', connectionId: 'c' }).ciphertext).not.toBe(sealed.ciphertext);
  });
});
