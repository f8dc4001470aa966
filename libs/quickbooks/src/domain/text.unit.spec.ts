import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanName, cleanText, decodeEntities, emailKey, truncate, withSuffix } from './text.js';

describe('names for QuickBooks (B9)', () => {
  it.each([
    ['Tom &amp; Jerry', 'Tom & Jerry'],
    ['O&#039;Hara &#x26; Co', "O'Hara & Co"],
    ['Anna: Maria', 'Anna - Maria'],
    ['Tab\tbed\r\nLine', 'Tab bed Line'],
    ['😀 Joy 👩‍👩‍👧 🇩🇪', 'Joy'],
    ['bell\u0007 zero\u200Bwidth \uFEFFbom', 'bell zerowidth bom'],
    ['  many   blanks\u00A0here ', 'many blanks here'],
    ['Acme™ ®2026', 'Acme™ ®2026'],
    ['&bogus; &#0; stays', '&bogus; &#0; stays'],
    ['lone \uD83D surrogate', 'lone surrogate'],
  ])('%j becomes %j', (input, expected) => {
    expect(cleanName(input, false, 500)).toBe(expected);
  });

  it.each([
    ['Łukasz Żółć', 'Lukasz Zólc'],
    ['Müller Señor Ça', 'Müller Señor Ça'],
    ['“Quoted” – dash…', '"Quoted" - dash...'],
    ['田中', 'Tian Zhong'],
    ['a：b', 'a - b'],
  ])('in a US company %j becomes %j', (input, expected) => {
    expect(cleanName(input, true, 500)).toBe(expected);
  });

  it('are always valid, whatever comes in', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 700 });
    fc.assert(
      fc.property(anything, fc.boolean(), fc.constantFrom(100, 500), (text, isUs, max) => {
        const name = cleanName(text, isUs, max);
        expect(name.length).toBeLessThanOrEqual(max);
        expect(name).not.toMatch(/[:\p{Cc}\p{Cs}]/u);
        expect(name).toBe(name.trim());
        expect(name.isWellFormed()).toBe(true);
        expect(!isUs || /^[\u0020-\u007e\u00a0-\u00ff]*$/u.test(name)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('do not change when cleaned again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 120 }).filter((text) => !text.includes('&')),
        fc.boolean(),
        (text, isUs) => {
          const once = cleanName(text, isUs, 100);
          expect(cleanName(once, isUs, 100)).toBe(once);
        },
      ),
    );
  });
});

describe('cutting', () => {
  it('never halves a character', () => {
    expect(truncate('ab𠮷', 3)).toBe('ab');
    expect(truncate('ab𠮷', 4)).toBe('ab𠮷');
  });

  it('keeps the suffix that makes a name unique', () => {
    const long = 'x'.repeat(600);
    expect(withSuffix(long, ' (Woo 17)', 500)).toHaveLength(500);
    expect(withSuffix(long, ' (Woo 17)', 500).endsWith(' (Woo 17)')).toBe(true);
  });
});

describe('entities and addresses', () => {
  it('decodes once only', () => {
    expect(decodeEntities('&amp;lt;')).toBe('&lt;');
  });

  it('keeps colons in plain text', () => {
    expect(cleanText('Size: L', true)).toBe('Size: L');
  });

  it.each([
    ['Ann@Example.COM ', 'ann@example.com'],
    ['no-at.example', null],
    ['ann@localhost', null],
    ['a b@example.com', null],
    ['', null],
    [`${'a'.repeat(95)}@x.com`, null],
  ])('knows that %j is %j', (text, expected) => {
    expect(emailKey(text)).toBe(expected);
  });
});
