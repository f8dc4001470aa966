import { CanonicalOrder } from '@tillstream/contracts';
import { formatMinor } from '@tillstream/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SAMPLE_ORDER, sampleOrder, withLine } from '../../test/sample-order.js';
import { orderContentHash } from './order-hash.js';
import { parseOrder } from './parse-order.js';

describe('parseOrder, whatever comes', () => {
  it('never throws, and what it accepts is a canonical order', () => {
    const field = fc.constantFrom(...Object.keys(SAMPLE_ORDER));
    fc.assert(
      fc.property(fc.array(fc.tuple(field, fc.jsonValue()), { maxLength: 4 }), (changes) => {
        const result = parseOrder(sampleOrder(Object.fromEntries(changes)));
        expect(result.ok ? CanonicalOrder.safeParse(result.order).success : result.message !== '').toBe(true);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        expect(parseOrder(raw).ok).toBe(false);
      }),
    );
  });

  it('reads every amount exactly', () => {
    const amount = fc.integer({ min: -10_000_000, max: 10_000_000 });
    fc.assert(
      fc.property(amount, amount, fc.constantFrom('USD', 'JPY', 'KWD'), (total, lineTotal, currency) => {
        const raw = {
          ...withLine({ total: formatMinor(lineTotal, currency) }),
          total: formatMinor(total, currency),
          currency,
        };
        const result = parseOrder(raw);
        expect(result.ok && [result.order.totalMinor, result.order.lines[0]?.totalMinor]).toEqual([total, lineTotal]);
      }),
    );
  });

  it('hashes any raw record', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        expect(orderContentHash(raw)).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });
});
