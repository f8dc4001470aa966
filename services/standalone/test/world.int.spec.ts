import { SystemClock } from '@tillstream/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../src/audit/audit.js';
import { auditInput } from '../src/world/books.js';
import { REALM_ID, startWorld, type World } from '../src/world/world.js';

const SELECTED = new Set(['processing', 'completed', 'refunded']);

describe.each(['us', 'global'] as const)('the %s world before anything is synced', (profile) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ clock: new SystemClock(), shop: { seed: 7, orders: 60, profile, planted: 8 } });
  });
  afterAll(() => world.close());

  it('has planted its collisions in the company', () => {
    const ledger = world.quickbooks.control.ledger(REALM_ID);
    expect(ledger.invoices.length).toBe(world.generated.quickbooksSeed.invoices.length);
    expect(ledger.customers.length).toBe(world.generated.quickbooksSeed.customers.length);
  });

  it('is reported as missing every order that ought to be booked, and only those', () => {
    const orders = world.woo.orders();
    const report = audit(auditInput(orders, world.quickbooks.control.ledger(REALM_ID), [], SELECTED));
    const good = orders.filter((order) => SELECTED.has(order.status) && order.planted === undefined);
    expect(good.length).toBeGreaterThan(30);
    expect(report.problems.filter(({ kind }) => kind === 'missing').map(({ order }) => order)).toEqual(
      good.map(({ number }) => number),
    );
    expect(report.problems.filter(({ kind }) => kind === 'planted_but_not_held')).toHaveLength(8);
  });
});
