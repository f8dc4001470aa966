import { afterEach, describe, expect, it } from 'vitest';
import { type Shop, newOrder, startShop } from './helpers.js';

let shop: Shop;
afterEach(() => shop.sandbox.close());

/** A shop in `zone` with orders last saved at these instants, ids from 1. */
async function modifiedAt(zone: string, instants: readonly string[], hpos = true): Promise<void> {
  shop = await startShop({ site: { zone, hpos } });
  instants.forEach((instant, index) => {
    const at = Date.parse(instant);
    shop.sandbox.store.addOrder(newOrder({ id: index + 1, createdAt: at, modifiedAt: at }));
  });
}

const after = (bound: string, gmt: boolean) =>
  shop.ids(
    `/orders?order=asc&orderby=id&modified_after=${encodeURIComponent(bound)}${gmt ? '&dates_are_gmt=true' : ''}`,
  );

describe('date bounds', () => {
  it('are strict at one second', async () => {
    await modifiedAt('UTC', ['2026-01-05T10:00:00.900Z', '2026-01-05T10:00:01.000Z']);
    expect(await after('2026-01-05T10:00:00', true)).toEqual([2]);
    expect(await shop.ids('/orders?modified_before=2026-01-05T10:00:01&dates_are_gmt=true')).toEqual([1]);
    expect(await shop.ids('/orders?after=2026-01-05T10:00:00&before=2026-01-05T10:00:02')).toEqual([2]);
  });

  it('bare UTC with dates_are_gmt means UTC, a bare value alone the site’s clock', async () => {
    await modifiedAt('Europe/Berlin', ['2026-01-05T15:49:55Z']);
    expect(await after('2026-01-05T15:48:55', true)).toEqual([1]);
    expect(await after('2026-01-05T16:49:54', false)).toEqual([1]);
    expect(await after('2026-01-05T16:49:55', false)).toEqual([]);
  });

  it('a Z with dates_are_gmt is off by the site’s offset', async () => {
    await modifiedAt('Europe/Berlin', ['2026-01-05T15:49:55Z']);
    expect(await after('2026-01-05T15:48:55Z', true)).toEqual([]);
    await shop.sandbox.close();
    await modifiedAt('America/New_York', ['2026-01-05T12:00:00Z']);
    expect(await after('2026-01-05T15:48:55Z', true)).toEqual([1]);
  });

  it('a Z without dates_are_gmt is right under HPOS', async () => {
    await modifiedAt('Europe/Berlin', ['2026-01-05T15:49:55Z']);
    expect(await after('2026-01-05T15:49:54Z', false)).toEqual([1]);
    expect(await after('2026-01-05T15:49:55Z', false)).toEqual([]);
  });

  it('local columns lose the repeated hour of autumn, UTC columns do not', async () => {
    const secondPass = ['2025-11-02T06:10:00Z'];
    await modifiedAt('America/New_York', secondPass, false);
    expect(await after('2025-11-02T05:30:00Z', false)).toEqual([]);
    shop.sandbox.mutate({ action: 'site', site: { hpos: true } });
    expect(await after('2025-11-02T05:30:00Z', false)).toEqual([1]);
  });

  it('a reading in the missing hour of spring acts an hour later', async () => {
    await modifiedAt('America/New_York', ['2026-03-08T02:45:00Z', '2026-03-08T03:31:00Z']);
    expect(await after('2026-03-08T02:30:00', true)).toEqual([2]);
    expect(await after('2026-03-08T01:59:59', true)).toEqual([1, 2]);
  });

  it('shows local dates with UTC twins, neither with a zone', async () => {
    await modifiedAt('America/New_York', ['2026-07-05T15:49:55Z']);
    expect((await shop.get('/orders/1')).object).toMatchObject({
      date_created: '2026-07-05T11:49:55',
      date_created_gmt: '2026-07-05T15:49:55',
      date_paid: null,
      date_paid_gmt: null,
    });
  });

  it('names the zone in the index and wherever system_status is told to', async () => {
    await modifiedAt('America/New_York', []);
    expect((await shop.get('/system_status')).object).toMatchObject({
      environment: { default_timezone: 'America/New_York' },
      settings: { HPOS_enabled: true, currency: 'USD', number_of_decimals: 2 },
    });
    shop.sandbox.mutate({ action: 'site', site: { reportedZone: 'UTC' } });
    expect((await shop.get('/system_status')).object).toMatchObject({ environment: { default_timezone: 'UTC' } });
    const index = await fetch(`${shop.sandbox.url}/wp-json/`);
    expect(await index.json()).toMatchObject({ timezone_string: 'America/New_York', gmt_offset: -5 });
  });
});
