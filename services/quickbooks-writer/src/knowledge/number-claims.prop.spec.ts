import { SystemClock } from '@tillstream/kernel';
import { openTempStorage, type TempStorage } from '@tillstream/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeOrder } from '../../test/orders.js';
import { NumberClaims, NUMBERS_COLLECTION } from './number-claims.js';

let storage: TempStorage;
beforeEach(() => {
  storage = openTempStorage({
    clock: new SystemClock(),
    topics: [],
    collections: [{ name: NUMBERS_COLLECTION, indexes: [] }],
  });
});
afterEach(() => storage.close());

describe('whose number it is (B8)', () => {
  it('the order with the lowest id of those that come together, whatever their order', async () => {
    const claims = new NumberClaims(storage.store);
    const of = (id: string, tenantId = 't') => ({ tenantId, realmId: '1', order: makeOrder(id, { number: '7' }) });
    await claims.claim([of('30'), of('4'), of('100')]);
    expect(await Promise.all(['4', '30', '100'].map((id) => claims.numberFor(of(id))))).toEqual(['7', '7-30', '7-100']);
    await claims.claim([of('1')]);
    expect(await claims.numberFor(of('1'))).toBe('7-1');
    expect(await claims.numberFor(of('1', 'other'))).toBe('7');
  });

  it('is one order’s, for ever: any batches, repeats, deaths and processes at once (500 seeds)', async () => {
    let seed = 0;
    const batch = fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 3 })), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), batch), { maxLength: 6 }), async (batches) => {
        seed += 1;
        const realmId = `r${seed}`;
        // Two processes; each asks the store anew, as one does that was restarted between any two batches.
        const processes = [new NumberClaims(storage.store), new NumberClaims(storage.store)] as const;
        const of = ([id, number]: readonly [number, number]) => ({
          tenantId: 't',
          realmId,
          order: makeOrder(String(number * 100 + id), { number: `N${number}` }),
        });
        const given = new Map<string, string>();
        for (const [atOnce, orders] of batches) {
          const claims = orders.map(of);
          const accept = processes.map((process) => process.claim(claims));
          if (!atOnce) await Promise.all(accept);
          const all = [...claims, ...claims];
          const numbers = await Promise.all(all.map((claim, at) => processes[at % 2 ? 1 : 0].numberFor(claim)));
          await Promise.all(accept);
          for (const [at, { order }] of all.entries()) {
            const number = numbers[at] ?? '';
            expect(given.get(order.id) ?? number).toBe(number);
            given.set(order.id, number);
          }
        }
        expect(new Set(given.values()).size).toBe(given.size);
      }),
      { numRuns: 500 },
    );
  });
});
