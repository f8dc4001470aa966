import { createMetrics } from '@tillstream/observability';
import { eventually, sampleOf } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness, rawOrder } from './harness.js';

let harness: Harness;
afterEach(() => harness.close());

describe('the metrics of the writer', () => {
  it('count records by how they were settled, and calls by how they ended', async () => {
    const metrics = createMetrics({ processMetrics: false });
    harness = await Harness.start('postgres', {}, 60, metrics);
    await harness.send([
      { id: 1, version: 1 },
      { id: 2, version: 1, payload: { raw: rawOrder(2, { note: 'a\0b' }) } },
    ]);
    await harness.settled(2);
    await harness.send([{ id: 1, version: 2, payload: { raw: rawOrder(1, { status: 'completed' }) } }]);
    await harness.settled(3);
    const works = (outcome: string) => sampleOf(metrics, `supabase_work_total{outcome="${outcome}"}`);
    expect([await works('created'), await works('failed'), await works('updated')]).toEqual([1, 1, 1]);
    const calls = (operation: string) =>
      sampleOf(metrics, `supabase_calls_total{operation="${operation}",result="ok"}`);
    expect([await calls('install'), await calls('apply')]).toEqual([1, 2]);
    expect(await sampleOf(metrics, 'supabase_call_seconds_count{operation="apply"}')).toBe(2);
    expect(await sampleOf(metrics, 'supabase_projects_in_trouble')).toBe(0);
  });

  it('tell a project in trouble and what waits for it, also after a restart, until it is well', async () => {
    const metrics = createMetrics({ processMetrics: false });
    harness = await Harness.start('postgres', {}, 60, metrics);
    const picture = async () => [
      await sampleOf(metrics, 'supabase_projects_in_trouble'),
      await sampleOf(metrics, 'supabase_open_work'),
    ];
    await harness.sandbox.control.set({ paused: true });
    await harness.send([
      { id: 1, version: 1 },
      { id: 2, version: 1 },
    ]);
    await eventually(async () => String(await picture()) === '1,2', { timeoutMs: 10_000 });
    expect(await sampleOf(metrics, 'supabase_work_total{outcome="deferred"}')).toBe(2);
    await harness.restart();
    expect(await picture()).toEqual([1, 2]);
    await harness.sandbox.control.set({ paused: false });
    await harness.settled(2);
    await eventually(async () => String(await picture()) === '0,0', { timeoutMs: 10_000 });
    expect(await sampleOf(metrics, 'supabase_work_total{outcome="created"}')).toBe(2);
  });
});
