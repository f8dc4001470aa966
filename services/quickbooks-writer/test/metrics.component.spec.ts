import { createMetrics } from '@tillstream/observability';
import { eventually, sampleOf } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness } from './harness.js';
import { makeOrder } from './orders.js';

let harness: Harness;
afterEach(() => harness.close());

const metrics = () => createMetrics({ processMetrics: false });

describe('the metrics of the writer', () => {
  it('count calls, deliveries and what became of each write', async () => {
    const measured = metrics();
    harness = await Harness.start({ metrics: measured });
    const lost = { method: 'POST', path: '/invoice\\?' };
    harness.control.addFault({ kind: 'dropReplyAfterCommit', match: lost, times: 1 });
    await harness.deliver(makeOrder('1042'));
    await eventually(async () => (await sampleOf(measured, 'quickbooks_work_total{outcome="created"}')) === 1);
    const effects = (outcome: string) => sampleOf(measured, `quickbooks_effects_total{outcome="${outcome}"}`);

    expect(await effects('unknown')).toBe(1);
    // The invoice is found; payment, customer, item and account are answered.
    expect(await effects('found')).toBeGreaterThanOrEqual(1);
    expect(await effects('intended')).toBe(((await effects('confirmed')) ?? 0) + 1);
    expect(await sampleOf(measured, 'quickbooks_calls_total{result="ok"}')).toBeGreaterThan(3);
    expect(await sampleOf(measured, 'quickbooks_calls_total{result="unknown_outcome"}')).toBe(1);
  });

  it('tell the state of breakers and what is put off', async () => {
    const measured = metrics();
    harness = await Harness.start({ metrics: measured });
    const open = (state: string) => sampleOf(measured, `quickbooks_open_work{state="${state}"}`);
    const breakers = (state: string) => sampleOf(measured, `quickbooks_breakers{state="${state}"}`);
    await harness.deliver(makeOrder('1042'));
    await eventually(async () => (await open('delivering')) === 0);
    expect([await breakers('closed'), await breakers('open')]).toEqual([1, 0]);

    harness.control.addFault({ kind: 'status', status: 503, match: { path: '/v3/company/' } });
    await harness.send(Array.from({ length: 12 }, (_, index) => makeOrder(String(2000 + index))));
    await eventually(async () => (await breakers('open')) === 1 && (await breakers('closed')) === 0);
    await eventually(async () => ((await open('deferred')) ?? 0) > 0);
  });

  it('show parked work from the store after a restart, and none once it is done', async () => {
    const measured = metrics();
    harness = await Harness.start({ metrics: measured });
    const parked = () => sampleOf(measured, 'quickbooks_open_work{state="parked"}');
    harness.control.revokeAll('9130001');
    await harness.send([makeOrder('1042')]);
    await eventually(async () => (await parked()) === 1);
    await harness.restart();
    expect(await parked()).toBe(1);
    await harness.connect(harness.control.issueRefreshToken('9130001'), 2);
    await harness.publish('sync.config.v1', 'ConnectionChanged', {
      connectionId: 'con_qbo',
      platform: 'quickbooks',
      identity: '9130001',
      removed: false,
      identityReplaced: false,
    });
    await harness.settled(['woo:1042']);
    await eventually(async () => (await parked()) === 0);
  });
});
