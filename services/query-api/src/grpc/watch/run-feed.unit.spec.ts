import type { SyncEvent } from '@tillstream/contracts';
import { ManualClock } from '@tillstream/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunView } from '../../runs/schemas.js';
import { RunFeed } from './run-feed.js';

const view = (status: RunView['status'], created = 0) => ({ syncId: 'run_1', status, counts: { created } }) as RunView;
const progressed = (syncId: string) => ({ type: 'RunProgressed', facts: { syncId } }) as SyncEvent;

/** Until what was promised has been told; nothing here takes time. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('following runs', () => {
  const clock = new ManualClock();
  let listeners: Set<(event: SyncEvent) => void>;
  let reads: { readonly answer: (run: RunView) => void; readonly refuse: (error: Error) => void }[];
  let feed: RunFeed;
  beforeEach(() => {
    listeners = new Set();
    reads = [];
    const get = () => new Promise<RunView>((answer, refuse) => void reads.push({ answer, refuse }));
    const listen = (listener: (event: SyncEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
    feed = new RunFeed({ runs: { get }, events: { listen }, clock });
  });

  function watcher() {
    const told: string[] = [];
    const leave = feed.watch('default', 'run_1', {
      next: (run) => told.push(`${run.status} ${run.counts.created}`),
      complete: () => told.push('complete'),
      fail: (error) => told.push((error as Error).message),
    });
    return { told, leave };
  }

  async function answer(run: RunView): Promise<void> {
    reads.at(-1)?.answer(run);
    await settled();
  }

  const nothingLeft = () => [feed.size, listeners.size, clock.nextTimerAt()];

  it('reads again soon after an event, then ever later, at last every two seconds', async () => {
    const { leave } = watcher();
    await answer(view('running'));
    const pauses: number[] = [];
    for (let look = 0; look < 8; look += 1) {
      const pause = (clock.nextTimerAt() ?? 0) - clock.now();
      pauses.push(pause);
      clock.advance(pause);
      await answer(view('running'));
    }
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
    for (const listener of listeners) listener(progressed('run_2'));
    expect((clock.nextTimerAt() ?? 0) - clock.now()).toBe(2_000);
    for (const listener of listeners) listener(progressed('run_1'));
    expect((clock.nextTimerAt() ?? 0) - clock.now()).toBe(50);
    leave();
    expect(nothingLeft()).toEqual([0, 0, undefined]);
  });

  it('tells each watcher each state once, the late one from the newest on', async () => {
    const early = watcher();
    await answer(view('running', 1));
    const late = watcher();
    await answer(view('running', 1));
    clock.advance(50);
    await answer(view('completed', 2));
    expect(early.told).toEqual(['running 1', 'completed 2', 'complete']);
    expect(late.told).toEqual(['running 1', 'completed 2', 'complete']);
    expect(nothingLeft()).toEqual([0, 0, undefined]);
  });

  it('a read that ends after everybody left touches nobody who came later', async () => {
    const gone = watcher();
    const [slow] = reads;
    gone.leave();
    const later = watcher();
    slow?.answer(view('completed'));
    await settled();
    expect([gone.told, later.told, feed.size, listeners.size]).toEqual([[], [], 1, 1]);
    await answer(view('completed', 2));
    expect(later.told).toEqual(['completed 2', 'complete']);
    expect(nothingLeft()).toEqual([0, 0, undefined]);
  });

  it('hands on why a run cannot be read', async () => {
    const { told } = watcher();
    reads.at(-1)?.refuse(new Error('no such run'));
    await settled();
    expect(told).toEqual(['no such run']);
    expect(nothingLeft()).toEqual([0, 0, undefined]);
  });

  it('ends everybody when it stops, and whoever comes later', async () => {
    const before = watcher();
    await answer(view('running'));
    feed.stop();
    expect(before.told).toEqual(['running 0', 'Tillstream is stopping; call again.']);
    expect(watcher().told).toEqual(['Tillstream is stopping; call again.']);
    expect(nothingLeft()).toEqual([0, 0, undefined]);
  });
});
