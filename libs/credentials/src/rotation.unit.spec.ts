import { describe, expect, it } from 'vitest';
import { createSecrets } from './aes-gcm-secrets.js';
import { constantTimeEqual, generateApiKey, generateMasterKey, hashApiKey } from './keys.js';

const owner = { tenantId: 'default', connectionId: 'con_1' };

describe('rotation of the master key', () => {
  const before = generateMasterKey();
  const after = generateMasterKey();
  const sealed = createSecrets({ current: before }).seal('token', owner);

  it('opens with the previous key and says that the secret is stale', () => {
    const rotated = createSecrets({ current: after, previous: before });
    expect(rotated.open(sealed, owner)).toBe('token');
    expect(rotated.isStale(sealed)).toBe(true);
    const resealed = rotated.seal('token', owner);
    expect(rotated.isStale(resealed)).toBe(false);
    expect(createSecrets({ current: after }).open(resealed, owner)).toBe('token');
  });

  it('without the previous key the old secret is secret_undecryptable', () => {
    expect(() => createSecrets({ current: after }).open(sealed, owner)).toThrow(
      expect.objectContaining({ code: 'secret_undecryptable' }),
    );
  });

  it.each(['', 'short', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64'), '!'.repeat(44)])(
    'refuses a master key that is not base64 of 32 bytes: "%s"',
    (key) => {
      expect(() => createSecrets({ current: key })).toThrow(expect.objectContaining({ code: 'master_key_invalid' }));
    },
  );

  it('never names the key in the error', () => {
    const key = Buffer.alloc(31, 7).toString('base64');
    expect(() => createSecrets({ current: key })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(key.slice(0, 8)) }),
    );
  });
});

describe('API keys', () => {
  it('are long, distinct and hashed with sha256', () => {
    const key = generateApiKey();
    expect(key.length).toBeGreaterThanOrEqual(24);
    expect(generateApiKey()).not.toBe(key);
    expect(hashApiKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('compare equal only when equal, whatever their lengths', () => {
    expect(constantTimeEqual('abc', 'abc')).toBe(true);
    expect(constantTimeEqual('abc', 'abd')).toBe(false);
    expect(constantTimeEqual('abc', 'abcd')).toBe(false);
    expect(constantTimeEqual('', '')).toBe(true);
  });
});
