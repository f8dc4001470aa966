import { once } from 'node:events';
import { type ServiceError, status as Code } from '@grpc/grpc-js';
import { COLLECTIONS, type FactsOf, runKey, TOPICS } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { SyncStatus, type WatchSyncResponse } from '@tillstream/proto';
import { eventually } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GrpcClient, refusalOf } from './grpc-client.js';
import { COUNTS, CountingClock, put, run } from './grpc-fixtures.js';
import { Harness } from './harness.js';

const RUNS = COLLECTIONS.runs.name;

let h: Harness;
let client: GrpcClient;
let clock: CountingClock;
/** Reads of the read model of runs. */
let reads: number;
let idle: number;
beforeEach(async () => {
  clock = new CountingClock();
  h = new Harness(clock);
  reads = 0;
  client = new GrpcClient(await h.serveGrpc({ store: counting(h.store) }));
  idle = clock.timers;
});
afterEach(async () => {
  client.close();
  await h.stop();
});

function counting(store: DocumentStore): DocumentStore {
  return new Proxy(store, {
    get: (target, name: keyof DocumentStore) => {
      if (name !== 'get') {
        const value = target[name];
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return <T>(collection: string, id: string) => {
        if (collection === RUNS) reads += 1;
        return target.get<T>(collection, id);
      };
    },
  });
}

function progress(created: number, more: Partial<FactsOf<'RunProgressed'>> = {}): FactsOf<'RunProgressed'> {
  const { errors, cursor, remoteCalls, failure, perTarget } = run('run_1');
  const counts = { ...COUNTS, discovered: created, created };
  const facts = { syncId: 'run_1', entity: 'orders', status: 'running', counts, startedAt: '2026-01-05T12:00:00.000Z' };
  return {
    ...facts,
    perTarget,
    errors: [...errors],
    cursor,
    remoteCalls,
    failure,
    finishedAt: null,
    ...more,
  } as FactsOf<'RunProgressed'>;
}

/** What projector and log say when a run moves on. */
async function advance(created: number, more: Partial<FactsOf<'RunProgressed'>> = {}): Promise<void> {
  const facts = progress(created, more);
  await put(h, 'runs', 'run_1', { ...run('run_1'), ...facts });
  await h.publish(TOPICS.runs.name, runKey('default', 'orders'), 'RunProgressed', facts);
}

/** Snapshots as they arrive. */
function collect(watch: ReturnType<GrpcClient['watch']>): { created: number[]; statuses: string[] } {
  const seen = { created: [] as number[], statuses: [] as string[] };
  watch.on('data', ({ sync }: WatchSyncResponse) => {
    seen.created.push(sync?.counts?.created ?? -1);
    seen.statuses.push(sync?.status ?? '');
  });
  watch.on('error', () => {});
  return seen;
}

describe('WatchSync', () => {
  it('gives the run at once, each change, the last state, then OK', async () => {
    await put(h, 'runs', 'run_1', { ...run('run_1'), ...progress(1) });
    const call = client.watch('run_1');
    const { created, statuses } = collect(call);
    const ended = once(call, 'status');
    await eventually(() => created.length === 1);
    await advance(2);
    await eventually(() => created.length === 2);
    await advance(3, { status: 'completed', finishedAt: '2026-01-05T12:01:00.000Z' });
    expect(await ended).toMatchObject([{ code: 0 }]);
    expect(created).toEqual([1, 2, 3]);
    expect(statuses.at(-1)).toBe(SyncStatus.SYNC_STATUS_COMPLETED);
    await eventually(() => clock.timers === idle);
  });

  it('gives one snapshot of a run that is final, and NOT_FOUND for one that is not there', async () => {
    await put(h, 'runs', 'run_1', { ...run('run_1'), status: 'failed' });
    expect(await client.watched('run_1')).toMatchObject([{ sync: { status: SyncStatus.SYNC_STATUS_FAILED } }]);
    await put(h, 'runs', 'run_foreign', { ...run('run_foreign'), tenantId: 'other' });
    for (const syncId of ['run_none', 'run_foreign', '']) {
      const refusal = refusalOf(await client.watched(syncId).catch((error: unknown) => error));
      expect(refusal).toMatchObject({ code: 'NOT_FOUND', reason: 'not_found' });
    }
    await eventually(() => clock.timers === idle);
  });

  it('notices a change that no event told of', async () => {
    await put(h, 'runs', 'run_1', { ...run('run_1'), ...progress(1) });
    const call = client.watch('run_1');
    const { created } = collect(call);
    await eventually(() => created.length === 1);
    // Long enough for the eager looks to be over: the slow one has to find it.
    await eventually(() => reads >= 6, { timeoutMs: 10_000 });
    await put(h, 'runs', 'run_1', { ...run('run_1'), ...progress(2) });
    await eventually(() => created.length === 2, { timeoutMs: 10_000 });
    expect(created).toEqual([1, 2]);
    call.cancel();
  });

  it('reads a run once for all who watch it, and rarely while nothing changes', async () => {
    await put(h, 'runs', 'run_1', { ...run('run_1'), ...progress(1) });
    const calls = Array.from({ length: 20 }, () => client.watch('run_1'));
    const all = calls.map(collect);
    await eventually(() => all.every(({ created }) => created.length === 1));
    const joined = reads;
    await advance(2);
    await eventually(() => all.every(({ created }) => created.length === 2));
    expect(reads - joined).toBeLessThan(8);
    expect(clock.timers).toBe(idle + 1);
    for (const call of calls) call.cancel();
    await eventually(() => clock.timers === idle);
    const before = reads;
    await advance(3);
    await advance(4);
    expect(reads).toBe(before);
  });

  it('keeps one state for a reader that does not read, and gives it the newest when it reads on', async () => {
    const changes = 60;
    const call = await stalledReader();
    await changeOften(changes);
    await advance(changes, { errors: LARGE, status: 'completed', finishedAt: '2026-01-05T12:01:00.000Z' });
    // The server has read the end, and is not done with a reader that has not.
    await eventually(() => clock.timers === idle);
    const { created, statuses } = collect(call);
    const ended = once(call, 'status');
    call.resume();
    expect(await ended).toMatchObject([{ code: 0 }]);
    // What grpc-js keeps on the client's side, what is under way, and the newest.
    expect(created.length).toBeLessThan(25);
    expect(created).toEqual([...created].sort((a, b) => a - b));
    expect(created.at(-1)).toBe(changes);
    expect(statuses.at(-1)).toBe(SyncStatus.SYNC_STATUS_COMPLETED);
  });

  it('ends for one who leaves, and leaves nothing behind', async () => {
    await put(h, 'runs', 'run_1', { ...run('run_1'), ...progress(1) });
    const [stays, leaves] = [client.watch('run_1'), client.watch('run_1')];
    const [kept, left] = [collect(stays), collect(leaves)];
    await eventually(() => kept.created.length === 1 && left.created.length === 1);
    const cancelled = once(leaves, 'error');
    leaves.cancel();
    await cancelled;
    await advance(2);
    await eventually(() => kept.created.length === 2);
    expect(left.created).toEqual([1]);
    stays.cancel();
    await eventually(() => clock.timers === idle);
  });

  it('ends as UNAVAILABLE when the server stops, at once', async () => {
    await put(h, 'runs', 'run_1', { ...run('run_1'), ...progress(1) });
    const call = client.watch('run_1');
    const { created } = collect(call);
    await eventually(() => created.length === 1);
    const ended = once(call, 'error');
    const began = performance.now();
    await h.stopService();
    const [error] = (await ended) as [ServiceError];
    expect(refusalOf(error)).toMatchObject({ code: 'UNAVAILABLE', reason: 'unavailable', retryAfterS: 5 });
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(clock.timers).toBe(0);
  });

  it('does not keep the server from stopping when nobody reads on', async () => {
    const call = await stalledReader();
    await changeOften(25);
    const cut = once(call, 'error');
    const began = performance.now();
    await h.stopService();
    expect(performance.now() - began).toBeLessThan(4_000);
    call.resume();
    // Its status would have come after the snapshots that it did not read.
    expect([Code.UNAVAILABLE, Code.CANCELLED]).toContain(((await cut) as [ServiceError])[0].code);
  });

  /** A watch whose client took one snapshot and then reads no more. */
  async function stalledReader(): Promise<ReturnType<GrpcClient['watch']>> {
    await put(h, 'runs', 'run_1', { ...run('run_1'), ...progress(0, { errors: LARGE }) });
    const call = client.watch('run_1');
    call.on('error', () => {});
    call.once('data', () => call.pause());
    await eventually(() => call.isPaused());
    return call;
  }

  /** Each change is seen by the server before the next. */
  async function changeOften(changes: number): Promise<void> {
    for (let created = 1; created < changes; created += 1) {
      const before = reads;
      await advance(created, { errors: LARGE });
      await eventually(() => reads > before);
    }
  }
});

/** 200 KB in a snapshot: more than the transport takes unread. */
const LARGE: FactsOf<'RunProgressed'>['errors'] = Array.from({ length: 20 }, (_, index) => ({
  failureId: `fail_${index}`,
  entity: 'orders',
  entityId: `woo:${index}`,
  target: 'quickbooks',
  code: 'tax_unmapped',
  message: 'x'.repeat(10_000),
}));
