import { given } from '@tillstream/testing';
import { describe, expect, it } from 'vitest';
import { anAccepted, aPage, factsOf, settledRecord } from '../../../test/support/builders.js';
import { run } from './aggregate.js';
import type { RunEvent, RunInput } from './inputs.js';

const open = (...args: Parameters<typeof anAccepted>): RunInput => ({ type: 'Open', accepted: anAccepted(...args) });
const cancel: RunInput = { type: 'Cancel', entity: 'orders' };
const failed: RunInput = { type: 'ScanFailed', step: 1, code: 'source_unavailable', message: 'down', remoteCalls: 4 };
const outcomes = (...settled: ReturnType<typeof settledRecord>[]): RunInput => ({ type: 'Outcomes', settled });

/** State and all events after the inputs. */
function play(...inputs: RunInput[]) {
  let history: RunEvent[] = [];
  for (const input of inputs) history = [...history, ...given(run, history, { id: 'demo:run_1' }).when(input).events];
  const spec = given(run, history, { id: 'demo:run_1' });
  return { history, state: spec.state, when: (input: RunInput) => spec.when(input) };
}
const discovered = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'RecordsDiscovered' ? [event] : []));

describe('a run', () => {
  it('gives every record of every page its own ordinal', () => {
    const { history, state } = play(open(), aPage(0, [1, 2], { next: { page: 2 } }), aPage(1, [3]));
    const records = discovered(history).flatMap((event) => event.facts.records);
    expect(records.map(({ ordinal, sourceId }) => [ordinal, sourceId])).toEqual([
      [0, 'woo:1'],
      [1, 'woo:2'],
      [2, 'woo:3'],
    ]);
    expect(state.scan).toMatchObject({ open: false, step: 2 });
    expect(state.remoteCalls.woocommerce).toBe(2);
  });

  it('takes a page once and in its turn', () => {
    const page = aPage(0, [1], { next: { page: 2 } });
    expect(play(open(), page).when(page).events).toEqual([]);
    expect(play(open()).when(aPage(1, [1])).events).toEqual([]);
  });

  it('counts a record that stands twice in one page once', () => {
    expect(play(open(), aPage(0, [1, 1])).state.discovered).toBe(1);
  });

  it('cuts pages into chunks of 25 records and 200 kB', () => {
    const many = play(
      open(),
      aPage(
        0,
        Array.from({ length: 60 }, (_, id) => id),
      ),
    );
    expect(discovered(many.history).map((event) => event.facts.records.length)).toEqual([25, 25, 10]);
    const raw = 'x'.repeat(90_000);
    const records = [1, 2, 3].map((id) => ({ sourceId: `woo:${id}`, raw }));
    const large = play(open(), aPage(0, [], { records }));
    expect(discovered(large.history).map((event) => event.facts.records.length)).toEqual([2, 1]);
  });

  it('ends when the source is read and every record has its outcome, and not before', () => {
    const half = play(open(), aPage(0, [1, 2]), outcomes(settledRecord(0, 'created')));
    expect(factsOf(half.history, 'RunFinished')).toBeUndefined();
    const whole = half.when(outcomes(settledRecord(1, 'unchanged'))).events;
    expect(factsOf(whole, 'RunFinished')).toMatchObject({
      status: 'completed',
      cursors: { quickbooks: { modifiedAfter: '2026-01-05T12:00:00' } },
    });
    expect(factsOf(whole, 'RunProgressed')).toMatchObject({
      status: 'completed',
      counts: { discovered: 2, created: 1, unchanged: 1, pending: 0 },
      perTarget: { quickbooks: { discovered: 2, created: 1, unchanged: 1 } },
      cursor: { from: null, to: '2026-01-05T12:00:00' },
    });
  });

  it('keeps the cursor of its pass while it looks for what it missed', () => {
    const missed = { phase: 'missed', after: null };
    const pass = [open(), aPage(0, [1], { next: missed }), outcomes(settledRecord(0, 'created'))] as const;
    expect(factsOf(play(...pass).history, 'RunFinished')).toBeUndefined();
    const { events } = play(...pass).when(aPage(1, [], { cursor: null }));
    expect(factsOf(events, 'RunFinished')?.cursors).toEqual({ quickbooks: { modifiedAfter: '2026-01-05T12:00:00' } });
  });

  it('ends at once when there is nothing to read', () => {
    expect(factsOf(play(open(), aPage(0, [])).history, 'RunFinished')?.status).toBe('completed');
  });

  it.each(['failed', 'held'] as const)('ends with errors when a record is %s, and shows it', (outcome) => {
    const error = {
      failureId: 'fail_1',
      entity: 'orders' as const,
      entityId: 'woo:1',
      target: 'quickbooks' as const,
      code: 'total_mismatch',
      message: 'm',
    };
    const { history } = play(open(), aPage(0, [1]), outcomes(settledRecord(0, outcome, { error })));
    expect(factsOf(history, 'RunFinished')).toMatchObject({
      status: 'completed_with_errors',
      cursors: { quickbooks: { modifiedAfter: '2026-01-05T12:00:00' } },
    });
    expect(factsOf(history, 'RunProgressed')?.errors).toEqual([error]);
  });

  it('shows the first 20 errors', () => {
    const ids = Array.from({ length: 30 }, (_, id) => id);
    const error = {
      failureId: null,
      entity: 'orders',
      entityId: 'w',
      target: 'quickbooks',
      code: 'c',
      message: 'm',
    } as const;
    const settled = ids.map((id) => settledRecord(id, 'held', { error: { ...error, entityId: `woo:${id}` } }));
    const { state } = play(open(), aPage(0, ids), outcomes(...settled.slice(0, 19)), outcomes(...settled.slice(19)));
    expect(state.errors.map(({ entityId }) => entityId)).toEqual(ids.slice(0, 20).map((id) => `woo:${id}`));
  });

  it('keeps the first outcome of a record and its remote calls', () => {
    const first = outcomes(settledRecord(0, 'created', { remoteCalls: 4 }), settledRecord(0, 'failed'));
    const { state, when } = play(open(), aPage(0, [1, 2]), first);
    expect(state.remoteCalls.quickbooks).toBe(4);
    expect(when(outcomes(settledRecord(0, 'failed', { remoteCalls: 9 }))).events).toEqual([]);
  });

  it('leaves out what turns out not to be its record', () => {
    const { history } = play(
      open(),
      aPage(0, [1, 2]),
      outcomes(settledRecord(0, 'not_counted'), settledRecord(1, 'created')),
    );
    expect(factsOf(history, 'RunProgressed')?.counts).toMatchObject({ discovered: 1, created: 1 });
  });

  it('ignores outcomes of ordinals it never gave', () => {
    expect(play(open(), aPage(0, [1])).when(outcomes(settledRecord(7, 'created'))).events).toEqual([]);
  });

  it('fails when the source cannot be read to the end, after what was found is settled, and moves no cursor', () => {
    const { history, when } = play(open(), aPage(0, [1], { next: { page: 2 } }), failed);
    expect(factsOf(history, 'RunFinished')).toBeUndefined();
    const events = when(outcomes(settledRecord(0, 'created'))).events;
    expect(factsOf(events, 'RunFinished')).toMatchObject({ status: 'failed', cursors: {} });
    expect(factsOf(events, 'RunProgressed')).toMatchObject({
      failure: { code: 'source_unavailable' },
      counts: { created: 1 },
    });
  });

  it('reads nothing more after a cancel, waits for what is in flight, and moves no cursor', () => {
    const { state, when } = play(open(), aPage(0, [1, 2], { next: { page: 2 } }), cancel);
    expect(state.scan.open).toBe(false);
    expect(when(aPage(1, [3])).events).toEqual([]);
    expect(when(cancel).events).toEqual([]);
    const events = when(outcomes(settledRecord(0, 'created'), settledRecord(1, 'skipped'))).events;
    expect(factsOf(events, 'RunFinished')).toMatchObject({ status: 'cancelled', cursors: {} });
  });

  it('is never read when the cancel arrives first', () => {
    const { state, history } = play(cancel, open());
    expect(state.scan.open).toBe(false);
    expect(factsOf(history, 'RunFinished')?.status).toBe('cancelled');
  });

  it('cannot be changed after its end', () => {
    const done = play(open(), aPage(0, [1]), outcomes(settledRecord(0, 'created')));
    for (const input of [open(), cancel, aPage(1, [2]), failed, outcomes(settledRecord(0, 'held'))]) {
      expect(done.when(input).events).toEqual([]);
    }
  });

  it('moves no cursor when it was filtered', () => {
    const { history } = play(open({ movesCursors: false }), aPage(0, []));
    expect(factsOf(history, 'RunFinished')?.cursors).toEqual({});
  });

  it('retries records in the targets that failed only', () => {
    const refs = [
      { entity: 'orders' as const, sourceId: 'woo:1', target: 'quickbooks' as const, failureId: 'f', recreate: true },
    ];
    const accepted = { targets: ['quickbooks' as const, 'supabase' as const], scanning: false, cursors: {} };
    const { history, when } = play(open(accepted, { refs, entity: null }), aPage(0, [1]));
    expect(discovered(history)[0]?.facts).toMatchObject({
      lane: 'retry',
      records: [{ sourceId: 'woo:1', targets: ['quickbooks'], recreate: true }],
    });
    const progressed = factsOf(when(outcomes(settledRecord(0, 'created'))).events, 'RunProgressed');
    expect(progressed).toMatchObject({
      status: 'completed',
      counts: { discovered: 1, created: 1 },
      perTarget: { supabase: { discovered: 0 } },
    });
  });

  it('ends without a record whose target is not connected any more', () => {
    const ref = { entity: 'orders' as const, sourceId: 'woo:1', target: 'supabase' as const, failureId: 'f' };
    const { history } = play(open({ scanning: false, cursors: {} }, { refs: [ref], entity: null }), aPage(0, [1]));
    expect(discovered(history)[0]?.facts.records).toMatchObject([{ targets: [] }]);
    expect(factsOf(history, 'RunProgressed')).toMatchObject({ status: 'completed', counts: { discovered: 0 } });
  });

  it.each([
    ['backfill', { cursors: { quickbooks: null } }, {}],
    ['live', { cursors: { quickbooks: { modifiedAfter: '2026-01-01T00:00:00' } } }, {}],
    ['live', { scanning: false }, { ids: ['1'] }],
  ] as const)('is delivered in the lane %s', (lane, over, request) => {
    const { history } = play(open({ ...over }, { ...request } as never), aPage(0, [1]));
    expect(discovered(history)[0]?.facts.lane).toBe(lane);
  });
});
