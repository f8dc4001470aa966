import { describe, expect, it } from 'vitest';
import { amountText, bytesText, countText, durationText, listText, oneLine, printable, timeText } from './format.js';

describe('figures and times in words', () => {
  it.each([
    [4_428, 'USD', '44.28 USD'],
    [-5, 'EUR', '-0.05 EUR'],
    [1_200, 'JPY', '1200 JPY'],
    [1_234, 'KWD', '1.234 KWD'],
  ])('%i minor units of %s are %s', (amountMinor, currency, text) => {
    expect(amountText({ amountMinor, currency })).toBe(text);
  });

  it.each([
    [0, '0.0 s'],
    [-5, '0.0 s'],
    [440, '0.4 s'],
    [9_960, '10.0 s'],
    [10_000, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [200_000, '3 min 20 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
  ])('%i ms are %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_960, '1.0 MB'],
    [1_234_567_890, '1.2 GB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it('keeps to one language and one zone', () => {
    expect(timeText('2026-01-05T12:00:03.456Z')).toBe('2026-01-05 12:00:03 UTC');
    expect(timeText('nonsense')).toBe('nonsense');
    expect([countText(1, 'record'), countText(0, 'record')]).toEqual(['1 record', '0 records']);
    expect([listText([]), listText(['a']), listText(['a', 'b']), listText(['a', 'b', 'c'], 'or')]).toEqual([
      '',
      'a',
      'a and b',
      'a, b or c',
    ]);
  });

  it('makes one harmless line of whatever a remote said', () => {
    expect(oneLine(' a\r\n\tb\u001b[31m ')).toBe('a b [31m');
    expect(printable('a\nb\u001b[31m\r\u009b2J')).toBe('a\nb [31m 2J');
  });
});
