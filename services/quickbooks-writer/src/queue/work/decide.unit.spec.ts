import type { CanonicalOrder } from '@tillstream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOpen } from './aggregate.js';
import type { WorkCommand } from './commands.js';
import { decideWork } from './decide.js';
import { evolveWork } from './evolve.js';
import { parseWorkId, workId } from './identity.js';
import { initialWork, type WorkState } from './state.js';

const identity = { tenantId: 'default', realmId: '9130', entity: 'orders', sourceId: 'woo:1042' } as const;
const order = { id: '1042' } as CanonicalOrder;
const problem = { code: 'period_closed', category: 'held', message: 'm', action: 'a', remote: null } as const;

const accept = (sourceVersion: number, contentHash = `hash-${sourceVersion}`): WorkCommand => ({
  type: 'Accept',
  record: { order },
  request: {
    entity: 'orders',
    sourceId: 'woo:1042',
    realmId: '9130',
    sourceVersion,
    contentHash,
    lane: 'backfill',
    syncId: 'run_1',
    reason: 'changed',
    recreate: false,
  },
});
const settle = (generation: number, remoteCalls = 2): WorkCommand => ({
  type: 'Settle',
  generation,
  outcome: 'created',
  problem: null,
  documents: [],
  remoteCalls,
});
const defer = (generation: number, nextAttemptAtMs: number | null, remoteCalls = 1): WorkCommand => ({
  type: 'Defer',
  generation,
  problem,
  nextAttemptAtMs,
  remoteCalls,
});

function after(...commands: WorkCommand[]): WorkState {
  return commands.reduce<WorkState>(
    (state, command) => decideWork(command, state).reduce(evolveWork, state),
    initialWork(identity),
  );
}

describe('work (D9, D10, I8)', () => {
  it('keeps the order until the work is settled, and not longer', () => {
    expect(after(accept(1))).toMatchObject({ status: 'open', order, generation: 1 });
    expect(after(accept(1), settle(1))).toMatchObject({ status: 'settled', order: null });
  });

  it('a newer version replaces an older one; an older one never overtakes', () => {
    expect(after(accept(1), accept(2)).request?.sourceVersion).toBe(2);
    expect(decideWork(accept(1), after(accept(2)))).toEqual([]);
  });

  it('drops the result of a request that was replaced meanwhile', () => {
    expect(decideWork(settle(1), after(accept(1), accept(2)))).toEqual([]);
    expect(decideWork(settle(2), after(accept(1), accept(2)))).toHaveLength(1);
  });

  it('the same version again opens it again: a recheck or a retry', () => {
    expect(after(accept(1), settle(1), accept(1))).toMatchObject({ status: 'open', generation: 2, attempts: 0 });
  });

  it('counts attempts and calls over deferrals', () => {
    const [settled] = decideWork(settle(1), after(accept(1), defer(1, 5_000), defer(1, 6_000)));
    expect(settled?.facts).toMatchObject({ attempts: 3, remoteCalls: 4, sourceVersion: 1, contentHash: 'hash-1' });
  });

  it('counts no attempt when nothing was sent', () => {
    expect(after(accept(1), defer(1, 5_000, 0), defer(1, 6_000, 0), defer(1, 7_000, 0)).attempts).toBe(1);
    expect(after(accept(1), defer(1, 5_000), defer(1, 6_000, 0), defer(1, 7_000)).attempts).toBe(2);
  });

  it('is parked without a next attempt, deferred with one', () => {
    expect(after(accept(1), defer(1, null))).toMatchObject({ status: 'parked', nextAttemptAtMs: null });
    expect(after(accept(1), defer(1, 5_000))).toMatchObject({ status: 'deferred', nextAttemptAtMs: 5_000 });
    expect(isOpen(after(accept(1), defer(1, null)))).toBe(true);
    expect(isOpen(after(accept(1), settle(1)))).toBe(false);
  });

  it('settles once', () => {
    expect(decideWork(settle(1), after(accept(1), settle(1)))).toEqual([]);
  });

  it('whatever the order of commands, the latest version wins and state is the fold of its events (I5)', () => {
    const command = fc.oneof(
      fc.integer({ min: 1, max: 6 }).map((version) => accept(version)),
      fc.integer({ min: 1, max: 6 }).map((generation) => settle(generation)),
      fc.integer({ min: 1, max: 6 }).map((generation) => defer(generation, 1_000)),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let state = initialWork(identity);
        let highest = 0;
        const events = [];
        for (const next of commands) {
          const decided = decideWork(next, state);
          events.push(...decided);
          state = decided.reduce(evolveWork, state);
          if (next.type === 'Accept') highest = Math.max(highest, next.request.sourceVersion);
        }
        expect(state.request?.sourceVersion ?? 0).toBe(highest);
        expect(events.reduce(evolveWork, initialWork(identity))).toEqual(state);
      }),
    );
  });

  it('its id says whose it is, and back', () => {
    expect(parseWorkId(workId(identity))).toEqual(identity);
    expect(() => parseWorkId('x')).toThrowError(expect.objectContaining({ code: 'work_id_invalid' }));
  });
});
