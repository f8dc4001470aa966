import { describe, expect, it } from 'vitest';
import { checkTarget } from './target-guard.js';

describe('checkTarget', () => {
  it.each([
    'http://shop.example/',
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00:ec2::254]/latest',
    'https://169.254.169.254/latest/meta-data',
  ])('refuses %s unless private targets are allowed', (url) => {
    expect(() => checkTarget(url, false)).toThrow(expect.objectContaining({ code: 'target_not_allowed' }));
    expect(checkTarget(url, true).href).toContain('://');
  });

  it.each(['ftp://shop.example/', 'file:///etc/passwd', '/relative', 'https://user:pass@shop.example/'])(
    'never sends to %s',
    (url) => {
      expect(() => checkTarget(url, true)).toThrow(expect.objectContaining({ code: 'request_invalid' }));
    },
  );

  it('does not quote credentials of a URL', () => {
    expect(() => checkTarget('https://user:hunter2@shop.example/', true)).not.toThrow(/hunter2/);
  });
});
