import type { RowsRequested } from '@tillstream/contracts';
import { given } from '@tillstream/testing';
import { describe, expect, it } from 'vitest';
import { problemOf } from '../../application/results.js';
import { troubleAfter } from '../../application/trouble.js';
import { supabaseWork } from './aggregate.js';
import type { WorkEvent } from './decide.js';

const ID = 'default:orders:woo:1';
const request = (sourceVersion: number): RowsRequested => ({
  entity: 'orders',
  sourceId: 'woo:1',
  projectId: 'https://p.example',
  sourceVersion,
  contentHash: `h${sourceVersion}`,
  lane: 'live',
  syncId: null,
  reason: 'changed',
  deleted: false,
});
const accepted = (version: number): WorkEvent => ({
  type: 'RowsAccepted',
  facts: { ...request(version), target: 'supabase' },
  payload: { raw: { id: 1 } },
});
const problem = problemOf('supabase_unavailable', null, null);
const settle = { type: 'Settle', outcome: 'created', problem: null, documents: [], remoteCalls: 1 } as const;

describe('work that waits', () => {
  it('is replaced by a newer version and not by an older one', () => {
    const accept = (version: number) =>
      ({ type: 'Accept', request: request(version), payload: { raw: { id: 1 } } }) as const;
    const waiting = given(supabaseWork, [accepted(2)], { id: ID });
    expect(waiting.when(accept(3)).events).toEqual([accepted(3)]);
    expect(waiting.when(accept(1)).events).toEqual([]);
  });

  it('drops the result of a request that was replaced meanwhile', () => {
    const replaced = given(supabaseWork, [accepted(2), accepted(3)], { id: ID });
    expect(replaced.when({ ...settle, generation: 1 }).events).toEqual([]);
  });

  it('forgets the record once it is settled, and settles once', () => {
    const first = given(supabaseWork, [accepted(2)], { id: ID }).when({ ...settle, generation: 1 });
    expect(first.events).toMatchObject([
      { type: 'WorkSettled', facts: { sourceVersion: 2, attempts: 1, remoteCalls: 1 } },
    ]);
    expect(first.state).toMatchObject({ status: 'settled', payload: null });
    const again = [accepted(2), ...first.events];
    expect(given(supabaseWork, again, { id: ID }).when({ ...settle, generation: 1 }).events).toEqual([]);
  });

  it('counts attempts while it is deferred', () => {
    const defer = { type: 'Defer', generation: null, problem, nextAttemptAtMs: 60_000, remoteCalls: 1 } as const;
    const first = given(supabaseWork, [accepted(2)], { id: ID }).when(defer);
    const second = given(supabaseWork, [accepted(2), ...first.events], { id: ID }).when(defer);
    expect(second.events).toMatchObject([
      { type: 'WorkDeferred', facts: { attempts: 2, nextAttemptAt: '1970-01-01T00:01:00.000Z' } },
    ]);
    expect(second.state).toMatchObject({ status: 'waiting', payload: { raw: { id: 1 } } });
  });
});

describe('a project in trouble', () => {
  const options = { backoffMs: [5_000, 120_000, 600_000], parkedRecheckMs: 60_000 };

  it('waits longer each time, and beyond five minutes no run waits for it', () => {
    const waits = [1, 2, 3, 9].map((attempt) => troubleAfter(problem, attempt, 0, options));
    expect(waits.map(({ tryAtMs, far }) => ({ tryAtMs, far }))).toEqual([
      { tryAtMs: 5_000, far: false },
      { tryAtMs: 120_000, far: false },
      { tryAtMs: 600_000, far: true },
      { tryAtMs: 600_000, far: true },
    ]);
  });

  it('promises no time when a person has to act, and looks again all the same', () => {
    const parked = troubleAfter(problemOf('supabase_schema_missing', null, null), 1, 1_000, options);
    expect(parked).toMatchObject({ nextAttemptAtMs: null, tryAtMs: 61_000, far: true });
  });
});
