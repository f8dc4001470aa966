import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecrets } from './aes-gcm-secrets.js';
import { loadOrCreateAdminKey, loadOrCreateMasterKey } from './key-files.js';

describe('key files', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'tillstream-keys-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('are made once with mode 0600 and loaded afterwards', () => {
    const first = loadOrCreateMasterKey(dir);
    expect(first.created).toBe(true);
    expect(statSync(first.path).mode & 0o777).toBe(0o600);
    expect(loadOrCreateMasterKey(dir)).toEqual({ ...first, created: false });
    expect(() => createSecrets({ current: first.value })).not.toThrow();
    expect(loadOrCreateAdminKey(dir).value.length).toBeGreaterThanOrEqual(24);
    expect(readdirSync(dir).sort()).toEqual(['admin.key', 'master.key']);
  });

  it('leave an existing key alone, with or without a newline', () => {
    writeFileSync(path.join(dir, 'admin.key'), 'the-key-of-the-operator-0001');
    expect(loadOrCreateAdminKey(dir).value).toBe('the-key-of-the-operator-0001');
    expect(readFileSync(path.join(dir, 'admin.key'), 'utf8')).toBe('the-key-of-the-operator-0001');
  });

  it('an empty file or a missing folder is key_file_unusable, naming the path', () => {
    writeFileSync(path.join(dir, 'master.key'), '');
    const unusable = (name: string) =>
      expect.objectContaining({ code: 'key_file_unusable', message: expect.stringContaining(name) });
    expect(() => loadOrCreateMasterKey(dir)).toThrow(unusable('master.key'));
    expect(() => loadOrCreateAdminKey(path.join(dir, 'nowhere'))).toThrow(unusable('admin.key'));
  });
});
