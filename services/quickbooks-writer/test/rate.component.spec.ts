import { ManualClock } from '@tillstream/kernel';
import { eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness, REALM } from './harness.js';
import { InstantRemote } from './instant-remote.js';
import { makeOrder } from './orders.js';

let harness: Harness;
afterEach(() => harness.close());

const orders = (from: number, count: number) =>
  Array.from({ length: count }, (_unused, index) => makeOrder(`${from + index}`));

/** Lets everything that needs no time happen, then moves the clock to the next timer. */
async function runUntil(clock: ManualClock, done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200_000 && !done(); turn += 1) {
    for (let i = 0; i < 12; i += 1) await new Promise((resolve) => setImmediate(resolve));
    const next = clock.nextTimerAt();
    if (next !== undefined && next > clock.now()) clock.advance(next - clock.now());
  }
  expect(done()).toBe(true);
}

describe('the budget of a company (D10)', () => {
  it('carries at least 0.95 of the 500 documents a minute allowed, and never one request too many', async () => {
    const clock = new ManualClock();
    const remote = new InstantRemote(clock, 250);
    harness = await Harness.start({ clock, options: { budgetMarginMs: 100 }, wrapSend: () => remote.send });
    await harness.send(orders(100, 1));
    await runUntil(clock, () => harness.writer.openWork() === 0 && remote.created['Payment'] === 1);
    clock.advance(60_000);
    const began = clock.now();
    const before = remote.arrivals.length;
    await harness.send(orders(1_000, 600));
    await runUntil(clock, () => remote.created['Payment'] === 601);
    const documents = 1_200;
    const perMinute = documents / ((clock.now() - began) / 60_000);
    // A sliding window lets the first 500 go at 10 a second; what counts is the rate once it is full.
    expect(remote.arrivals.length - before).toBeLessThan(documents * 1.03);
    expect(perMinute).toBeGreaterThan(475);
    expect(remote.peak(60_000)).toBeLessThanOrEqual(500);
    expect(remote.peak(1_000)).toBeLessThanOrEqual(10);
  });

  it('a start that knows nothing of the minute before runs into a 429, and books everything once all the same', async () => {
    const limits = { perMinute: 120, perSecond: 10, inFlight: null };
    harness = await Harness.start({ company: { limits }, options: { perMinute: 120 } });
    const sent = orders(1_000, 90);
    await harness.send(sent);
    await eventually(() => harness.live().invoices.length > 40);
    await harness.restart();
    const settled = await harness.settled(sent.map(({ id }) => `woo:${id}`));
    expect(harness.control.stats(REALM).throttled).toBeGreaterThan(0);
    expect([...settled.values()].filter(({ outcome }) => outcome !== 'created')).toEqual([]);
    expect(harness.live().invoices).toHaveLength(90);
    expect(harness.live().payments).toHaveLength(90);
  });
});
