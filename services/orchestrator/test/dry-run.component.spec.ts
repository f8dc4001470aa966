import { type FactsOf, TOPICS } from '@tillstream/contracts';
import type { CrashPoint } from '@tillstream/kernel';
import { eventually } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { record } from '../src/index.js';
import { FakeShop } from './support/fake-source.js';
import { Harness } from './support/harness.js';
import { PowerCut } from './support/power-cut.js';
import { rawOrder } from './support/raw-order.js';

const COUNT = 45;
/** Crash point and its occurrence: while pages are taken, records judged, answers taken. */
const CASES: [CrashPoint, number][] = [
  ['scan.page.read', 2],
  ['store.write.before', 3],
  ['store.write.after', 4],
  ['store.write.after', 9],
  ['outbox.append.before', 3],
  ['outbox.append.before', 8],
  ['outbox.append.after', 5],
  ['outbox.append.after', 10],
];

/** Lines by record, as the projector would see them: the same event twice is one. */
async function linesOf(service: Harness): Promise<Map<string, FactsOf<'RecordPlanned'>>> {
  const planned = await service.events(TOPICS.plans.name, 'RecordPlanned');
  return new Map(planned.map(({ id, facts }) => [id, facts]));
}

describe('a dry run', () => {
  let shop: FakeShop;
  let power: PowerCut;
  let service: Harness;
  beforeEach(async () => {
    shop = new FakeShop();
    shop.pageSize = 10;
    shop.add(...Array.from({ length: COUNT }, (_, index) => rawOrder(index + 1)));
    power = new PowerCut();
    service = new Harness(shop.open, { crash: power });
    await service.connect();
    await service.settings();
    await service.start({ log: power.guard(service.log), store: power.guard(service.store) });
  });
  afterEach(() => service.close());

  const dryRun = (syncId = 'dry_1') => service.request({ syncId, mode: 'full', dryRun: true });

  it('plans every record once, counts a shared need once, and leaves state, cursor, slot and target alone', async () => {
    await dryRun();
    await service.finished('dry_1');
    expect(await service.progress('dry_1')).toMatchObject({
      status: 'completed',
      counts: { discovered: COUNT, created: COUNT },
      cursor: { to: null },
    });
    const lines = [...(await linesOf(service)).values()];
    expect(new Set(lines.map(({ sourceId }) => sourceId)).size).toBe(COUNT);
    expect(lines.reduce((sum, { predictedCalls }) => sum + predictedCalls, 0)).toBe(COUNT + 1);
    expect(service.writer.works).toEqual([]);
    expect(await service.store.count(record.name)).toBe(0);
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    expect(service.writer.documents.size).toBe(COUNT);
    await dryRun('dry_2');
    await service.finished('dry_2');
    expect(await service.progress('dry_2')).toMatchObject({ counts: { discovered: COUNT, unchanged: COUNT } });
  });

  it('cancelled while a writer does not answer ends', async () => {
    await service.writer.stop();
    await dryRun();
    await eventually(async () => (await service.events(TOPICS.planQuickBooks.name, 'PlanRequested')).length > 0);
    await service.cancel('dry_1');
    await service.finished('dry_1');
    expect(await service.progress('dry_1')).toMatchObject({ status: 'cancelled', counts: { pending: 0 } });
  });

  it.each(CASES)('of a process that dies at %s (%i) has each record once', async (point, occurrence) => {
    power.plan(point, occurrence);
    await dryRun();
    await eventually(() => power.happened, { timeoutMs: 10_000 });
    await service.restart(() => power.restore());
    await service.finished('dry_1');
    expect(await service.progress('dry_1')).toMatchObject({
      status: 'completed',
      counts: { discovered: COUNT, created: COUNT },
    });
    const lines = [...(await linesOf(service)).values()];
    expect(lines.map(({ sourceId }) => sourceId).toSorted()).toEqual(
      [...new Set(lines.map(({ sourceId }) => sourceId))].toSorted(),
    );
    expect(lines.reduce((sum, { predictedCalls }) => sum + predictedCalls, 0)).toBe(COUNT + 1);
    expect(service.writer.works).toEqual([]);
    expect(await service.everyStateIsItsFold()).toBe(true);
  });
});
