import type { EventLog } from '@tillstream/event-log';
import { createMetrics, type Metrics, observedLog } from '@tillstream/observability';
import { eventually, openTempStorage, sampleOf, type TempStorage } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const WORK = 'lag.work.v1';
const OTHER = 'lag.other.v1';

let storage: TempStorage;
let metrics: Metrics;
let log: EventLog;

beforeEach(() => {
  const topics = [WORK, OTHER].map((name) => ({ name, partitions: 3, retentionMs: null }));
  storage = openTempStorage({ topics });
  metrics = createMetrics({ processMetrics: false });
  log = observedLog(storage.log, metrics);
});
afterEach(() => storage.close());

const append = (topic: string, count: number) =>
  log.append(Array.from({ length: count }, (_, index) => ({ topic, key: `k${index}`, value: 'v' })));

const sample = (name: string) => sampleOf(metrics, name);
const lag = (topic: string) => sample(`consumer_lag_records{group="g",topic="${topic}"}`);

describe('observedLog', () => {
  it('says how far a group is behind, over all partitions and by topic', async () => {
    await append(WORK, 10);
    await append(OTHER, 2);
    const blocked = Promise.withResolvers<void>();
    const handler = async () => blocked.promise;
    const subscription = await log.subscribe({ group: 'g', topics: [WORK, OTHER], handler });
    expect([await lag(WORK), await lag(OTHER)]).toEqual([10, 2]);
    await append(WORK, 5);
    expect(await lag(WORK)).toBe(15);
    blocked.resolve();
    await eventually(async () => (await lag(WORK)) === 0 && (await lag(OTHER)) === 0);
    expect(await sample('consumer_handled_total{group="g"}')).toBe(17);
    await subscription.stop();
  });

  it('looks nothing up any more for a subscription that was stopped', async () => {
    const subscription = await log.subscribe({ group: 'g', topics: [WORK], handler: async () => {} });
    expect(await lag(WORK)).toBe(0);
    await subscription.stop();
    await append(WORK, 3);
    expect(await lag(WORK)).toBe(0);
  });

  it('counts records, batches and the batches that failed', async () => {
    const failures = [new TypeError('refused')];
    const handler = async () => {
      const failure = failures.pop();
      if (failure) throw failure;
    };
    const subscription = await log.subscribe({ group: 'g', topics: [WORK], handler });
    expect(await sample('consumer_failures_total{group="g"}')).toBe(0);
    await log.append([{ topic: WORK, key: 'k', value: 'v' }]);
    await eventually(async () => (await sample('consumer_handled_total{group="g"}')) === 1);
    expect(await sample('consumer_failures_total{group="g"}')).toBe(1);
    expect(await sample('consumer_batch_seconds_count{group="g"}')).toBe(2);
    await subscription.stop();
  });

  it('still shows what a subscription is stuck on', async () => {
    const handler = async () => {
      throw new TypeError('refused');
    };
    const subscription = await log.subscribe({ group: 'g', topics: [WORK], handler });
    await append(WORK, 1);
    await eventually(() => subscription.lastError);
    expect(subscription.lastError?.message).toBe('refused');
    await subscription.stop();
  });
});
