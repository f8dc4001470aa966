import type { Target } from '@tillstream/contracts';
import { given } from '@tillstream/testing';
import { describe, expect, it } from 'vitest';
import {
  anObservation,
  factsOf,
  NOW,
  NOW_MICROS,
  REALM,
  sighting,
  unreadable,
  workSettled,
} from '../../../test/support/builders.js';
import { record } from './aggregate.js';
import { problemOf } from './facts.js';
import type { Observation, RecordEvent, RecordInput, Sighting } from './inputs.js';

const id = 'demo:orders:woo:1042';
const targets: Target[] = ['supabase'];

function play(...inputs: RecordInput[]) {
  let history: RecordEvent[] = [];
  for (const input of inputs) history = [...history, ...given(record, history, { id, now: NOW }).when(input).events];
  const spec = given(record, history, { id, now: NOW });
  return { state: spec.state, when: (input: RecordInput) => spec.when(input) };
}

const identities = { quickbooks: REALM, supabase: 'proj#1' };
let reads = 0;
const seen = (what: Sighting, over: Partial<Omit<Observation, 'type'>> = {}) => {
  reads += 1;
  const run = { syncId: `run_${reads}`, readBeganAt: NOW_MICROS + reads };
  return anObservation({ targets, targetIdentities: identities, ...run, sighting: what, ...over });
};
/** The row is written at the version that was asked for. */
function written(what: Sighting) {
  const observed = seen(what);
  const rows = factsOf(play().when(observed).events, 'RowsRequested');
  const { sourceVersion = 0, contentHash = '' } = rows ?? {};
  return [observed, workSettled({ target: 'supabase', sourceVersion, contentHash })] as const;
}
const rowsOf = (events: readonly RecordEvent[]) => events.find((event) => event.type === 'RowsRequested');
const outcomes = (events: readonly RecordEvent[]) =>
  events.flatMap((event) => (event.type === 'RecordSettled' ? [event.facts.outcome] : []));

describe('a row of the mirror', () => {
  it('is asked for with the raw record and the hash of all it shows', () => {
    const event = rowsOf(play().when(seen(sighting('a'))).events);
    expect(event).toMatchObject({
      facts: { projectId: 'proj', contentHash: 'row-a', deleted: false, reason: 'changed' },
      payload: { raw: { id: 1042, hash: 'a' } },
    });
  });

  it('is there for an order that the books cannot take, which stays held for them', () => {
    const both: Target[] = ['quickbooks', 'supabase'];
    const { events } = play().when(seen(unreadable(), { targets: both }));
    expect(rowsOf(events)).toMatchObject({ facts: { contentHash: 'row-x' } });
    expect(factsOf(events, 'FailureRecorded')).toMatchObject({ target: 'quickbooks' });
    expect(outcomes(events)).toEqual(['held']);
  });

  it.each(['on-hold', 'cancelled', 'trash'])('is not made for an order that is %s', (status) => {
    expect(outcomes(play().when(seen(sighting('a', { status }))).events)).toEqual(['not_counted']);
  });

  it.each([
    ['on-hold', false],
    ['cancelled', false],
    ['trash', true],
  ])('follows its order when that becomes %s', (status, deleted) => {
    const { events } = play(...written(sighting('a'))).when(seen(sighting('b', { status })));
    expect(rowsOf(events)).toMatchObject({ facts: { deleted, contentHash: 'row-b' } });
    expect(factsOf(events, 'FailureRecorded')).toBeUndefined();
  });

  it('is marked deleted once when its order is gone, and comes back with it', () => {
    const row = written(sighting('a'));
    const gone = seen({ kind: 'missing' });
    const { events } = play(...row).when(gone);
    expect(rowsOf(events)).toMatchObject({ facts: { deleted: true }, payload: { raw: null } });
    const { sourceVersion = 0, contentHash = '' } = factsOf(events, 'RowsRequested') ?? {};
    const deleted = workSettled({ target: 'supabase', sourceVersion, contentHash, outcome: 'updated' });
    const after = play(...row, gone, deleted);
    expect(outcomes(after.when(seen({ kind: 'missing' })).events)).toEqual(['unchanged']);
    expect(rowsOf(after.when(seen(sighting('a'))).events)).toMatchObject({ facts: { deleted: false } });
  });

  it('is written once per content, and a result told twice is one', () => {
    const [observed, result] = written(sighting('a'));
    expect(outcomes(play(observed, result).when(seen(sighting('a'))).events)).toEqual(['unchanged']);
    expect(play(observed, result).when(result).events).toEqual([]);
    const late = workSettled({ ...result.result, outcome: 'failed', problem: problemOf('row_rejected') });
    expect(play(observed, result).when(late).events).toEqual([]);
  });

  it('of before the start date is not made', () => {
    const early = seen(sighting('a', { createdDate: '2024-12-31' }));
    expect(outcomes(play().when(early).events)).toEqual(['skipped']);
  });
});

describe('a problem of another record', () => {
  const item = 'demo:products:woo:91';
  const problem = problemOf('item_ambiguous');
  const blame = {
    type: 'Blamed',
    target: 'quickbooks',
    problem: { ...problem, cause: { entity: 'products', sourceId: 'woo:91' } },
  } as const;

  it('is opened on the record that has it, once, without its cause', () => {
    const spec = given(record, [], { id: item, now: NOW }).when(blame);
    expect(factsOf(spec.events, 'FailureRecorded')).toMatchObject({ entity: 'products', problem, causedBy: null });
    expect(given(record, spec.events, { id: item, now: NOW }).when(blame).events).toEqual([]);
  });

  it('is named by the failure of the order, which a recheck in that target ends', () => {
    const observed = anObservation();
    const held = { ...workSettled({ outcome: 'held', problem }), causedBy: 'fail_cause' };
    const { events } = play(observed).when(held);
    expect(factsOf(events, 'FailureRecorded')).toMatchObject({ causedBy: 'fail_cause' });
    const recheck = { type: 'Recheck', targetIdentities: identities, changedAt: NOW_MICROS + 9 } as const;
    expect(play(observed, held).when({ ...recheck, target: 'quickbooks' }).events).toMatchObject([
      { type: 'WorkRequested' },
    ]);
    expect(play(observed, held).when({ ...recheck, target: 'supabase' }).events).toEqual([]);
  });
});

it('a state stored before there was another entity keeps the order it may have to send again', () => {
  const observed = anObservation();
  const held = workSettled({ outcome: 'held', problem: problemOf('tax_unmapped') });
  const { state } = play(observed, held);
  const { payload, ...quickbooks } = state.targets.quickbooks ?? { payload: null };
  const stored = JSON.parse(JSON.stringify({ ...state, targets: { quickbooks: { ...quickbooks, ...payload } } }));
  const recheck = { type: 'Recheck', targetIdentities: identities, changedAt: NOW_MICROS + 9 } as const;
  const [work] = record.decide(recheck, stored, { now: NOW, tenantId: 'demo' });
  expect(work).toMatchObject({ type: 'WorkRequested', payload: { order: { number: '1042' } } });
});
