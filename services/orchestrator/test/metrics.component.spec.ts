import { createMetrics, type Metrics } from '@tillstream/observability';
import { eventually, sampleOf } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../src/domain/record/facts.js';
import { testClock } from './support/clock.js';
import { FakeShop } from './support/fake-source.js';
import { Harness } from './support/harness.js';
import { rawOrder } from './support/raw-order.js';

let shop: FakeShop;
let service: Harness;
let metrics: Metrics;

beforeEach(async () => {
  shop = new FakeShop();
  metrics = createMetrics({ processMetrics: false });
  service = new Harness(shop.open, { metrics });
  await service.connect();
  await service.settings();
  await service.start();
});
afterEach(() => service.close());

const sample = (name: string) => sampleOf(metrics, name);
const unsynced = () => sample('records_unsynced');
const oldest = () => sample('oldest_unsynced_seconds');

describe('the metrics of the orchestrator', () => {
  it('tell how many records a target has not taken and how long the oldest has waited, also after a restart', async () => {
    expect([await unsynced(), await oldest()]).toEqual([0, 0]);
    shop.add(rawOrder(1), rawOrder(2));
    const before = testClock.now();
    service.writer.paused = true;
    await service.request({ syncId: 'run_1' });
    await eventually(async () => service.writer.works.length === 2 && (await unsynced()) === 2);
    const first = (await oldest()) ?? 0;
    expect(first).toBeGreaterThan(0);
    // A younger one does not hide it.
    shop.add(rawOrder(3));
    await service.request({ syncId: 'run_live', ids: ['woo:3'] });
    await eventually(async () => service.writer.works.length === 3 && (await unsynced()) === 3);
    expect(await oldest()).toBeGreaterThan(first);
    await service.restart();
    expect(await unsynced()).toBe(3);
    const later = (await oldest()) ?? 0;
    expect(later).toBeGreaterThan(first);
    expect(later).toBeLessThanOrEqual((testClock.now() - before) / 1_000);
    await service.writer.flush();
    await service.finished('run_1');
    await service.finished('run_live');
    expect([await unsynced(), await oldest()]).toEqual([0, 0]);
  });

  it('do not count what waits for a person, and count what is put off', async () => {
    shop.add(rawOrder(1), rawOrder(2));
    service.writer.refusals.set('woo:1', { outcome: 'held', problem: problemOf('tax_unmapped') });
    await service.connectProject();
    service.rows.isDown = true;
    await service.request({ syncId: 'run_1', target: 'quickbooks' });
    await service.finished('run_1');
    expect(await unsynced()).toBe(0);
    await service.request({ syncId: 'run_2', target: 'supabase' });
    await service.finished('run_2');
    expect(await unsynced()).toBe(2);
  });

  it('tell the runs under way by status, and how they ended', async () => {
    shop.add(rawOrder(1));
    service.writer.paused = true;
    await service.request({ syncId: 'run_1' });
    await eventually(() => service.writer.works.length === 1);
    expect(await sample('runs_active{status="running"}')).toBe(1);
    await service.restart();
    expect(await sample('runs_active{status="running"}')).toBe(1);
    await service.writer.flush();
    await service.finished('run_1');
    expect(await sample('runs_active{status="running"}')).toBe(0);
    await eventually(async () => (await sample('runs_finished_total{status="completed"}')) === 1);
  });
});
