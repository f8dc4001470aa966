import { COLLECTIONS, type PlanReadModel } from '@tillstream/contracts';
import type { WriteOperation } from '@tillstream/document-store';
import { SystemClock } from '@tillstream/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accept, Harness, makeTenant } from './harness.js';

function line(syncId: string, ordinal: number, more: Partial<PlanReadModel> = {}): WriteOperation {
  const doc: PlanReadModel & { seen: object } = {
    tenantId: 'default',
    runKey: `default:${syncId}`,
    ordinal,
    entity: 'orders',
    entityId: `woo:${1042 + ordinal}`,
    sourceNumber: `${1042 + ordinal}`,
    target: 'quickbooks',
    action: 'create',
    reason: null,
    message: null,
    diff: [{ field: 'total', from: null, to: '44.28 USD' }],
    predictedTotal: { amountMinor: 4428, currency: 'USD' },
    predictedCalls: 3,
    seen: {},
    ...more,
  };
  const id = `${doc.runKey}:${ordinal}:${doc.target}`;
  return { op: 'put', collection: COLLECTIONS.plans.name, id, doc, expectedVersion: 0 };
}

describe('the plan of a dry run', () => {
  let h: Harness;
  let dryRun: string;
  beforeAll(async () => {
    h = await new Harness(new SystemClock(50)).start();
    await h.orchestrate(accept);
    dryRun = String((await h.call('POST', '/api/sync/orders', { body: { dryRun: true } })).body['syncId']);
    await h.store.bulkWrite([
      ...[11, 2, 0, 1].map((ordinal) => line(dryRun, ordinal)),
      line(dryRun, 0, { target: 'supabase', predictedTotal: null, predictedCalls: 1 }),
      line(dryRun, 3, { action: 'hold', reason: 'tax_unmapped', message: 'No tax code.', predictedCalls: 0 }),
      line('run_other', 0),
    ]);
  });
  afterAll(() => h.stop());

  const plan = (query = '', key?: string) =>
    h.call('GET', `/api/sync/status/${dryRun}/plan${query}`, key === undefined ? {} : { key });
  const places = (body: Record<string, unknown>) =>
    (body['items'] as { entityId: string; target: string }[]).map(({ entityId, target }) => `${entityId} ${target}`);

  it('lists the records in the order in which they were found, page by page', async () => {
    const whole = places((await plan()).body);
    expect(whole.slice(0, 2).sort()).toEqual(['1042 quickbooks', '1042 supabase']);
    expect(whole.slice(2)).toEqual(['1043 quickbooks', '1044 quickbooks', '1045 quickbooks', '1053 quickbooks']);
    const first = (await plan('?limit=4')).body;
    const rest = (await plan(`?limit=4&cursor=${encodeURIComponent(String(first['nextCursor']))}`)).body;
    expect([...places(first), ...places(rest)]).toEqual(whole);
    expect(rest['nextCursor']).toBeNull();
  });

  it('shows what would change, for how much and how many calls, and nothing of the bookkeeping', async () => {
    const [item] = (await plan('?target=supabase')).body['items'] as object[];
    expect(item).toEqual({
      entity: 'orders',
      entityId: '1042',
      sourceId: 'woo:1042',
      sourceNumber: '1042',
      target: 'supabase',
      action: 'create',
      reason: null,
      message: null,
      diff: [{ field: 'total', from: null, to: '44.28 USD' }],
      predictedTotal: null,
      predictedCalls: 1,
    });
  });

  it('can be narrowed to an action and a target', async () => {
    expect(places((await plan('?action=hold')).body)).toEqual(['1045 quickbooks']);
    expect(places((await plan('?action=create&target=supabase')).body)).toEqual(['1042 supabase']);
    expect((await plan('?action=delete')).body).toMatchObject({ code: 'validation_failed' });
  });

  it('exists for dry runs of this tenant only', async () => {
    const real = String((await h.call('POST', '/api/sync/orders')).body['syncId']);
    expect(await h.call('GET', `/api/sync/status/${real}/plan`)).toMatchObject({
      status: 409,
      body: { code: 'not_a_dry_run' },
    });
    expect((await h.call('GET', '/api/sync/status/run_none/plan')).status).toBe(404);
    expect((await plan('', await makeTenant(h, 'other'))).status).toBe(404);
  });
});
