import { describe, expect, it } from 'vitest';
import { ManualClock } from './clock.js';
import { assertNever, asError, ConflictError, InvariantError, PermanentError, TransientError } from './errors.js';
import { base32Digest, canonicalJson, contentHash, sha256Hex } from './hash.js';
import { SystemIds } from './ids.js';

describe('hashes', () => {
  it('give equal values equal hashes whatever the order of keys', () => {
    expect(contentHash({ b: [1, { d: 2, c: 3 }], a: 'x' })).toBe(contentHash({ a: 'x', b: [1, { c: 3, d: 2 }] }));
    expect(contentHash({ a: 1 })).not.toBe(contentHash({ a: 2 }));
    expect(canonicalJson({ b: 1, a: 'é' })).toBe('{"a":"é","b":1}');
  });

  it('take what JSON can carry as JSON prints it, broken text of other systems included', () => {
    const broken = JSON.parse(String.raw`{"note":"\ud83d","list":[1,null,true,1e21,-0],"10":1,"9":2}`) as object;
    const text = String.raw`{"10":1,"9":2,"list":[1,null,true,1e+21,0],"note":"\ud83d"}`;
    expect(canonicalJson(broken)).toBe(text);
    expect(canonicalJson({ a: undefined, b: [undefined], c: { d: undefined } })).toBe('{"b":[null],"c":{}}');
    expect(canonicalJson(undefined)).toBe('null');
  });

  it('print the leading bits of sha256 in RFC 4648 base32', () => {
    // sha256("abc") starts ba7816bf 8f01cfea 4141…; RFC 4648 base32 of its first 5 bytes is XJ4BNP4P.
    expect(sha256Hex('abc').slice(0, 10)).toBe('ba7816bf8f');
    expect(base32Digest(['abc'], 40)).toBe('xj4bnp4p');
    expect(base32Digest(['abc'], 160)).toMatch(/^[a-z2-7]{32}$/);
  });

  it('keep parts apart', () => {
    expect(base32Digest(['ab', 'c'], 160)).not.toBe(base32Digest(['a', 'bc'], 160));
  });
});

describe('SystemIds', () => {
  it('sort by the time they were made and never repeat', () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1));
    const ids = new SystemIds(clock);
    const made: string[] = [];
    for (let i = 0; i < 200; i += 1) {
      made.push(ids.next('run'));
      clock.advance(1);
    }
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(200);
    expect(made[0]).toMatch(/^run_[0-9a-z]{26}$/);
    const random = ids.random();
    expect(random).toBeGreaterThanOrEqual(0);
    expect(random).toBeLessThan(1);
  });
});

describe('errors', () => {
  it('carry family, code, detail and cause', () => {
    const cause = new Error('below');
    const error = new TransientError('source_unavailable', 'later', { cause, retryAfterMs: 5, detail: { page: 3 } });
    expect(error).toMatchObject({
      family: 'transient',
      code: 'source_unavailable',
      retryAfterMs: 5,
      detail: { page: 3 },
      cause,
    });
    expect(new ConflictError('c', '').family).toBe('conflict');
    expect(new PermanentError('p', '').family).toBe('permanent');
    expect(new InvariantError('i', '').name).toBe('InvariantError');
  });

  it('turn anything thrown into an Error', () => {
    const error = new Error('x');
    expect(asError(error)).toBe(error);
    expect(asError('text').message).toBe('text');
    expect(() => assertNever('z' as never, 'letter')).toThrow('unexpected letter: "z"');
  });
});
