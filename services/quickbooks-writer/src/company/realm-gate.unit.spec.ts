import { ManualClock } from '@tillstream/kernel';
import { describe, expect, it } from 'vitest';
import { RealmGate } from './realm-gate.js';

const OPTIONS = { maxInFlight: 2, perMinute: 500, perSecond: 10, budgetMarginMs: 0 };
const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('a company gate that closes', () => {
  it('waits for the calls under way and starts none that waits', async () => {
    const gate = new RealmGate(new ManualClock(), OPTIONS);
    const started: string[] = [];
    const ends = new Map<string, () => void>();
    const call = (name: string) =>
      gate.run('live', () => {
        started.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      });
    const running = call('first');
    await turns();
    const closed = gate.close();
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    void call('second');
    await turns();
    expect({ started, isClosed }).toEqual({ started: ['first'], isClosed: false });
    ends.get('first')?.();
    await running;
    await closed;
    await turns();
    expect(started).toEqual(['first']);
  });

  it('closes at once when nothing is under way', async () => {
    await expect(new RealmGate(new ManualClock(), OPTIONS).close()).resolves.toBeUndefined();
  });
});
