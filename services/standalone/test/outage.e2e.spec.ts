import { describe, expect, it } from 'vitest';
import type { FailureView } from '../src/client/api.js';
import { REALM_ID } from '../src/world/world.js';
import { PACE } from './support/profile.js';
import { soon, withProduct } from './support/product.js';

const ORDERS = 40;
const EVERYTHING = { path: '/v3/company/' };
/** Of the product's clock. */
const OUTAGE_MS = 4 * 60_000;
/** How long after its end everything is booked: no order pays for the outage with a longest wait. */
const RECOVERY_MS = 10 * 60_000;
const WAITING = new Set(['quickbooks_unavailable', 'outcome_unknown']);

describe('an outage of QuickBooks in the middle of a run', () => {
  it.each(['honoured', 'forgotten'] as const)(
    'leaves every order booked once, request ids %s',
    async (requestIdMemory) => {
      const options = { shop: { seed: 500, orders: ORDERS }, latencyMs: 400, company: { requestIdMemory } };
      await withProduct(options, async (product) => {
        const syncId = await product.startRun();
        await soon(() => product.invoicesTotal() >= 8);
        // The last requests that reach QuickBooks are done there, and nobody hears of it.
        const lost = { id: 'lost', kind: 'status', status: 503, body: 'html', when: 'afterCommit', times: 4 } as const;
        product.control.addFault({ ...lost, match: { method: 'POST', path: '/invoice|/payment' } });
        await soon(() => product.control.firedFaults.filter(({ ruleId }) => ruleId === 'lost').length >= 4);
        product.control.clearFaults();
        product.control.addFault({ id: 'down', kind: 'status', status: 503, body: 'html', match: EVERYTHING });
        const downSince = product.clock.now();
        const seen: FailureView[] = [];
        await soon(async () => {
          seen.push(...(await product.api.failures(['open', 'retrying'])));
          return product.clock.now() - downSince > OUTAGE_MS;
        });
        const before = product.invoicesTotal();
        product.control.clearFaults();
        const upSince = product.clock.now();
        await product.finished(syncId);
        expect(product.clock.now() - upSince).toBeLessThan(RECOVERY_MS);
        expect(seen.filter(({ code }) => !WAITING.has(code))).toEqual([]);
        expect(seen.length).toBeGreaterThan(0);
        expect(before).toBeLessThan(product.goodOrders.length);
        const report = await product.audit();
        expect(report).toMatchObject({ problems: [], documents: product.goodOrders.length, held: 0 });
        expect(product.invoicesTotal()).toBe(report.documents);
        expect(product.control.ledger(REALM_ID).invoices.every(({ state }) => state === 'live')).toBe(true);
      });
    },
    Math.max(45_000, PACE.patienceMs),
  );
});
