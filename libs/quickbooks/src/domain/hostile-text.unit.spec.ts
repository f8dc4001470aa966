import { describe, expect, it } from 'vitest';
import { classifyResponse } from './answers/classify.js';
import { cleanName, cleanText, fold } from './text.js';

const MILLION = 1_000_000;
const HOSTILE: readonly (readonly [string, string])[] = [
  ['one letter', 'a'.repeat(MILLION)],
  ['e-mail addresses that never end', 'a@'.repeat(MILLION / 2)],
  ['a sentence that begins again and again', 'You and '.repeat(MILLION / 8)],
  ['tags never closed', '<Fault '.repeat(MILLION / 7)],
  ['name spaces', `<${'x:'.repeat(MILLION / 2)}`],
  ['messages', '<Message>'.repeat(MILLION / 9)],
  ['zeros', '0'.repeat(MILLION)],
  ['combining marks', `a${'\u0301'.repeat(MILLION)}`],
  ['marks of many classes', '\u0301\u0323'.repeat(MILLION / 2)],
  ['blanks and colons', ' : '.repeat(MILLION / 3)],
  ['pictures', '\u{1F381}'.repeat(MILLION / 2)],
  ['entities', '&#38;'.repeat(MILLION / 5)],
  ['foreign letters', '漢'.repeat(MILLION)],
];
const CONTEXT = { effect: 'read', expect: 'Invoice' } as const;

/** Milliseconds, the better of two: a collection of garbage is not the parser's. */
function cost(work: () => unknown): number {
  return Math.min(
    ...[1, 2].map(() => {
      const began = performance.now();
      work();
      return performance.now() - began;
    }),
  );
}

describe('a megabyte of hostile text costs less than 50 ms: %s', () => {
  it.each(HOSTILE)('in faults as JSON: %s', (_what, text) => {
    const body = JSON.stringify({
      Fault: { Error: [{ Message: text, Detail: text, code: text, element: text }], type: text },
    });
    expect(cost(() => classifyResponse({ status: 400, headers: {}, body }, CONTEXT))).toBeLessThan(50);
  });

  it.each(HOSTILE)('in faults as XML: %s', (_what, text) => {
    for (const body of [
      text,
      `<${text}`,
      `<Fault type="${text}"><Error code="1"><Message>${text}</Message></Error></Fault>`,
    ]) {
      expect(cost(() => classifyResponse({ status: 401, headers: {}, body }, CONTEXT))).toBeLessThan(50);
    }
  });

  it.each(HOSTILE)('in names: %s', (_what, text) => {
    expect(cost(() => cleanText(text, true))).toBeLessThan(50);
    expect(cost(() => cleanName(text, false, 100))).toBeLessThan(50);
    expect(cost(() => fold(text))).toBeLessThan(50);
  });
});

describe('what is kept of a fault', () => {
  it('is bounded', () => {
    const long = 'x'.repeat(5_000);
    const body = JSON.stringify({ Fault: { Error: [{ Message: long, Detail: long, code: long }] } });
    const result = classifyResponse({ status: 400, headers: {}, body }, CONTEXT);
    expect(JSON.stringify(result).length).toBeLessThan(4_000);
    expect(result.kind === 'ok' ? null : (result.remote?.faultCode?.length ?? 0)).toBeLessThanOrEqual(40);
  });
});
