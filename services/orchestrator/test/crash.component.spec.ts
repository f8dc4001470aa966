import { TOPICS } from '@tillstream/contracts';
import type { CrashPoint } from '@tillstream/kernel';
import { eventually } from '@tillstream/testing';
import { describe, expect, it } from 'vitest';
import { FakeShop } from './support/fake-source.js';
import { Harness } from './support/harness.js';
import { PowerCut } from './support/power-cut.js';
import { rawOrder } from './support/raw-order.js';

const COUNT = 45;
/** Crash point, its occurrence, records per page of the shop. */
const CASES: [CrashPoint, number, number][] = [
  ['scan.page.read', 1, 10],
  ['scan.page.read', 3, 10],
  ['store.write.before', 4, 10],
  ['store.write.after', 1, 10],
  ['store.write.after', 5, 10],
  ['store.write.after', 9, 10],
  ['outbox.append.before', 2, 10],
  ['outbox.append.before', 4, 10],
  ['outbox.append.before', 7, 10],
  ['outbox.append.after', 3, 10],
  ['outbox.append.after', 6, 10],
  // The only page: nothing but recovery ever touches the run again.
  ['store.write.after', 3, 100],
  ['outbox.append.before', 3, 100],
];

/** Ends of the run that looks for deleted orders: its last page, the candidates, their results. */
const LATE_CASES: [CrashPoint, number][] = [
  ['scan.page.read', 5],
  ['scan.page.read', 6],
  ['store.write.after', 8],
  ['store.write.after', 10],
  ['outbox.append.before', 9],
  ['outbox.append.after', 11],
];

describe('a process that dies while it looks for deleted orders', () => {
  it.each(LATE_CASES)('at %s (%i) holds each of them once', async (point, occurrence) => {
    const shop = new FakeShop();
    shop.add(...Array.from({ length: COUNT }, (_, index) => rawOrder(index + 1)));
    const power = new PowerCut();
    const service = new Harness(shop.open, { crash: power });
    try {
      await service.connect();
      await service.settings();
      await service.start({ log: power.guard(service.log), store: power.guard(service.store) });
      await service.request({ syncId: 'run_1' });
      await service.finished('run_1');
      for (const id of [3, 4, 30]) shop.orders.delete(id);
      power.plan(point, occurrence);
      await service.request({ syncId: 'run_2' });
      await eventually(() => power.happened, { timeoutMs: 10_000 });
      await service.restart(() => power.restore());
      await service.finished('run_2');
      expect(await service.progress('run_2')).toMatchObject({
        status: 'completed_with_errors',
        counts: { discovered: COUNT, unchanged: COUNT - 3, held: 3, pending: 0 },
        cursor: { to: '2026-01-02T17:15:06' },
      });
      const opened = await service.events(TOPICS.events.name, 'FailureRecorded');
      const distinct = new Map(opened.map(({ id, facts }) => [id, facts.sourceId]));
      expect([...distinct.values()].sort()).toEqual(['woo:3', 'woo:30', 'woo:4']);
      expect(await service.everyStateIsItsFold()).toBe(true);
    } finally {
      await service.close();
    }
  });
});

describe('a process that dies in the middle of a scan', () => {
  it.each(CASES)(
    'at %s (%i, pages of %i) loses no record and counts none twice',
    async (point, occurrence, pageSize) => {
      const shop = new FakeShop();
      shop.pageSize = pageSize;
      shop.add(...Array.from({ length: COUNT }, (_, index) => rawOrder(index + 1)));
      const power = new PowerCut();
      const service = new Harness(shop.open, { crash: power });
      try {
        await service.connect();
        await service.settings();
        await service.start({ log: power.guard(service.log), store: power.guard(service.store) });
        power.plan(point, occurrence);
        await service.request({ syncId: 'run_1' });
        await eventually(() => power.happened, { timeoutMs: 10_000 });
        await service.restart(() => power.restore());
        await service.finished('run_1');

        expect(await service.progress('run_1')).toMatchObject({
          status: 'completed',
          counts: { discovered: COUNT, created: COUNT },
        });
        expect(service.writer.documents.size).toBe(COUNT);
        const chunks = await service.events(TOPICS.discovered.name, 'RecordsDiscovered');
        const ordinals = new Map(
          chunks.flatMap(({ facts }) => facts.records.map((one) => [one.sourceId, one.ordinal])),
        );
        expect([...ordinals.values()].sort((a, b) => a - b)).toEqual(
          Array.from({ length: COUNT }, (_, index) => index),
        );
        const ends = await service.events(TOPICS.runs.name, 'RunFinished');
        expect(new Set(ends.map(({ id }) => id)).size).toBe(1);
        expect(service.alarms).toEqual([]);
        expect(await service.everyStateIsItsFold()).toBe(true);
      } finally {
        await service.close();
      }
    },
  );
});
