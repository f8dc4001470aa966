import { describe, expect, it } from 'vitest';
import { ManualClock, SystemClock } from './clock.js';

describe('ManualClock', () => {
  it('fires timers in the order of their time, at their time', () => {
    const clock = new ManualClock(0);
    const fired: [string, number][] = [];
    clock.setTimer(30, () => fired.push(['late', clock.now()]));
    clock.setTimer(10, () => fired.push(['early', clock.now()]));
    const cancel = clock.setTimer(20, () => fired.push(['cancelled', clock.now()]));
    cancel();
    clock.advance(25);
    expect(fired).toEqual([['early', 10]]);
    expect(clock.nextTimerAt()).toBe(30);
    clock.advance(5);
    expect(fired).toEqual([
      ['early', 10],
      ['late', 30],
    ]);
  });

  it('fires a timer that another timer set within the same advance', () => {
    const clock = new ManualClock(0);
    const fired: number[] = [];
    clock.setTimer(10, () => clock.setTimer(5, () => fired.push(clock.now())));
    clock.advance(20);
    expect(fired).toEqual([15]);
    expect(clock.now()).toBe(20);
  });

  it('rejects a sleep when its signal aborts, and leaves no timer behind', async () => {
    const clock = new ManualClock(0);
    const stop = new AbortController();
    const sleeping = clock.sleep(1000, stop.signal);
    stop.abort(new Error('stopping'));
    await expect(sleeping).rejects.toThrow('stopping');
    expect(clock.nextTimerAt()).toBeUndefined();
    await expect(clock.sleep(1, stop.signal)).rejects.toThrow('stopping');
  });
});

describe('SystemClock', () => {
  it('runs factor times faster than the wall, for reading and for sleeping', async () => {
    const clock = new SystemClock(1000);
    const [before, monotonic] = [clock.now(), clock.monotonic()];
    await clock.sleep(10_000);
    // Timers fire up to a real millisecond early, which is a second of this clock.
    expect(clock.now() - before).toBeGreaterThanOrEqual(8_900);
    expect(clock.monotonic() - monotonic).toBeGreaterThanOrEqual(8_900);
  });

  it('agrees with another one of the same factor and origin', () => {
    const origin = Date.now() - 1000;
    const [one, two] = [new SystemClock(60, origin), new SystemClock(60, origin)];
    expect(Math.abs(one.now() - two.now())).toBeLessThan(60 * 50);
    expect(one.now() - origin).toBeGreaterThanOrEqual(60_000);
  });

  it('does not fire a timer of more than 24 days at once', async () => {
    const clock = new SystemClock(1);
    let fired = false;
    const cancel = clock.setTimer(40 * 86_400_000, () => {
      fired = true;
    });
    await clock.sleep(20);
    cancel();
    expect(fired).toBe(false);
  });
});
