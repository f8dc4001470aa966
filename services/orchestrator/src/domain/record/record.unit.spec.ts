import { given } from '@tillstream/testing';
import { describe, expect, it } from 'vitest';
import {
  anObservation,
  factsOf,
  NOW,
  NOW_MICROS,
  SHOP,
  selection,
  sighting,
  unreadable,
  workDeferred,
  workSettled,
} from '../../../test/support/builders.js';
import { record } from './aggregate.js';
import { problemOf } from './facts.js';
import type { Observation, RecordEvent, RecordInput } from './inputs.js';

const id = 'demo:orders:woo:1042';

/** State and all events after the inputs. */
function play(...inputs: RecordInput[]) {
  let history: RecordEvent[] = [];
  for (const input of inputs) history = [...history, ...given(record, history, { id, now: NOW }).when(input).events];
  const spec = given(record, history, { id, now: NOW });
  return { history, state: spec.state, when: (input: RecordInput) => spec.when(input) };
}
const types = (events: readonly RecordEvent[]) => events.map(({ type }) => type);
const outcomesOf = (events: readonly RecordEvent[]) =>
  events.flatMap((event) =>
    event.type === 'RecordSettled' ? [`${event.facts.syncId}:${event.facts.ordinal}:${event.facts.outcome}`] : [],
  );
const target = (state: { targets: ReturnType<typeof record.initial>['targets'] }) => state.targets.quickbooks;

const seen = (over: Partial<Omit<Observation, 'type'>> = {}) => anObservation(over);
/** The same record met by a later run. */
const later = (over: Partial<Omit<Observation, 'type'>> = {}) =>
  anObservation({ syncId: 'run_2', ordinal: 5, readBeganAt: NOW_MICROS + 1000, ...over });
const held = workSettled({ outcome: 'held', problem: problemOf('tax_unmapped') });
const failed = workSettled({ outcome: 'failed', problem: problemOf('quickbooks_rejected') });
const far = workDeferred({ nextAttemptAt: new Date(NOW + 5 * 60_000 + 1).toISOString() });
const parked = workDeferred({ nextAttemptAt: null, problem: problemOf('connection_parked') });

describe('a record seen for the first time', () => {
  it('is sent to the target, and the run waits', () => {
    const { events, state } = play().when(seen());
    expect(types(events)).toEqual(['RecordObserved', 'WorkRequested']);
    expect(factsOf(events, 'WorkRequested')).toEqual({
      entity: 'orders',
      sourceId: 'woo:1042',
      realmId: '4620816365',
      sourceVersion: NOW_MICROS,
      contentHash: 'a',
      lane: 'backfill',
      syncId: 'run_1',
      reason: 'changed',
      recreate: false,
    });
    expect(target(state)).toMatchObject({ phase: 'pending', waiting: [{ syncId: 'run_1', ordinal: 0 }] });
  });

  it('is no record of the run when its status is not selected', () => {
    const { events } = play().when(seen({ sighting: sighting('a', { status: 'on-hold' }) }));
    expect(outcomesOf(events)).toEqual(['run_1:0:not_counted']);
    expect(types(events)).toEqual(['RecordSettled']);
  });

  it('is no record of the run when it was cancelled before anything was written', () => {
    const { events } = play().when(seen({ sighting: sighting('a', { status: 'cancelled' }) }));
    expect(outcomesOf(events)).toEqual(['run_1:0:not_counted']);
  });

  it('is skipped when it is older than the start date; the day itself counts', () => {
    const before = play().when(seen({ sighting: sighting('a', { createdDate: '2024-12-31' }) }));
    expect(outcomesOf(before.events)).toEqual(['run_1:0:skipped']);
    expect(factsOf(before.events, 'RecordSynced')?.reason).toBe('before_start_date');
    const onDay = play().when(seen({ sighting: sighting('a', { createdDate: '2025-01-01' }) }));
    expect(types(onDay.events)).toContain('WorkRequested');
    const all = seen({
      selection: { ...selection, createdFrom: null },
      sighting: sighting('a', { createdDate: '1999-01-01' }),
    });
    expect(types(play().when(all).events)).toContain('WorkRequested');
  });

  it('is skipped when the shop does not have it', () => {
    const { events } = play().when(seen({ sighting: { kind: 'missing' } }));
    expect(outcomesOf(events)).toEqual(['run_1:0:skipped']);
    expect(factsOf(events, 'RecordSynced')?.reason).toBe('source_not_found');
  });

  it('is held when it cannot be read', () => {
    const broken = unreadable({ message: 'total is "abc"', status: 'processing', sourceNumber: '77' });
    const { events } = play().when(seen({ sighting: broken }));
    expect(types(events)).toEqual(['RecordObserved', 'RecordSynced', 'FailureRecorded', 'RecordSettled']);
    expect(factsOf(events, 'FailureRecorded')).toMatchObject({
      state: 'open',
      sourceNumber: '77',
      problem: { code: 'source_invalid', category: 'held', message: 'total is "abc"' },
    });
    expect(factsOf(events, 'RecordSettled')).toMatchObject({
      outcome: 'held',
      error: { code: 'source_invalid', entityId: 'woo:1042' },
    });
  });

  it('is held when the target was disconnected in the meantime', () => {
    const { events } = play().when(seen({ targetIdentities: {} }));
    expect(factsOf(events, 'FailureRecorded')?.problem.code).toBe('connection_missing');
    expect(outcomesOf(events)).toEqual(['run_1:0:held']);
  });

  it('is skipped without being sent when the run was cancelled before its turn', () => {
    const { events } = play().when(seen({ runCancelled: true }));
    expect(types(events)).toEqual(['RecordSettled']);
    expect(outcomesOf(events)).toEqual(['run_1:0:skipped']);
  });

  it('does not count for a run that filters its status out', () => {
    const { events } = play().when(seen({ statusFilter: ['completed'] }));
    expect(outcomesOf(events)).toEqual(['run_1:0:not_counted']);
  });
});

describe('the writer’s result', () => {
  it.each(['created', 'updated', 'unchanged'] as const)('%s makes the record synced and tells the run', (outcome) => {
    const { events, state } = play(seen()).when(workSettled({ outcome }));
    expect(types(events)).toEqual(['RecordSynced', 'RecordSettled']);
    expect(factsOf(events, 'RecordSettled')).toMatchObject({ outcome, remoteCalls: 3, error: null });
    expect(target(state)).toMatchObject({
      phase: 'synced',
      written: true,
      syncedHash: 'a',
      payload: null,
      waiting: [],
    });
  });

  it.each([
    ['held', held, 'tax_unmapped'],
    ['failed', failed, 'quickbooks_rejected'],
  ] as const)('%s opens a failure and tells the run', (outcome, input, code) => {
    const { events, state } = play(seen()).when(input);
    expect(types(events)).toEqual(['RecordSynced', 'FailureRecorded', 'RecordSettled']);
    const failure = factsOf(events, 'FailureRecorded');
    expect(failure).toMatchObject({ state: 'open', syncId: 'run_1', problem: { code } });
    expect(factsOf(events, 'RecordSettled')).toMatchObject({ outcome, error: { code, failureId: failure?.failureId } });
    expect(target(state)).toMatchObject({ phase: outcome, written: false });
  });

  it('of an outdated version is ignored', () => {
    const edited = later({ sighting: sighting('b') });
    expect(play(seen(), edited).when(workSettled()).events).toEqual([]);
    expect(play(seen(), edited).when(far).events).toEqual([]);
    expect(play().when(workSettled()).events).toEqual([]);
  });

  it('is told to every run that waits; the calls count once', () => {
    const { events } = play(seen(), later()).when(workSettled());
    expect(outcomesOf(events)).toEqual(['run_1:0:created', 'run_2:5:created']);
    expect(events.flatMap((event) => (event.type === 'RecordSettled' ? [event.facts.remoteCalls] : []))).toEqual([
      3, 0,
    ]);
  });

  it('that comes after the order was cancelled holds the record', () => {
    const { events, state } = play(seen(), later({ sighting: sighting('b', { status: 'cancelled' }) })).when(
      workSettled(),
    );
    expect(types(events)).toEqual([
      'RecordSynced',
      'RecordSynced',
      'FailureRecorded',
      'RecordSettled',
      'RecordSettled',
    ]);
    expect(outcomesOf(events)).toEqual(['run_1:0:held', 'run_2:5:held']);
    expect(target(state)).toMatchObject({
      phase: 'held',
      written: true,
      failure: { problem: { code: 'order_cancelled' } },
    });
  });
});

describe('deferred work', () => {
  it('keeps the run waiting while the next attempt is at most 5 minutes ahead', () => {
    const near = workDeferred({ nextAttemptAt: new Date(NOW + 5 * 60_000).toISOString() });
    const { events, state } = play(seen()).when(near);
    expect(types(events)).toEqual(['FailureRecorded']);
    expect(factsOf(events, 'FailureRecorded')).toMatchObject({ state: 'retrying', attempts: 1 });
    expect(target(state)).toMatchObject({ phase: 'retrying', waiting: [{ syncId: 'run_1', ordinal: 0 }] });
  });

  it('is failed for the run five minutes after it was first put off, however near each attempt is (D9)', () => {
    const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
    const near = (minutes: number) => workDeferred({ nextAttemptAt: at(minutes), attempts: minutes });
    const steps = [1, 2, 3, 4, 5].map(near);
    expect(play(seen(), ...steps).state.targets.quickbooks).toMatchObject({ retryingSince: at(0), phase: 'retrying' });
    expect(outcomesOf(play(seen(), ...steps).when(near(6)).events)).toEqual(['run_1:0:failed']);
    // New work is put off anew.
    const again = later({ sighting: sighting('b') });
    expect(play(seen(), ...steps, near(6), again).state.targets.quickbooks).not.toHaveProperty('retryingSince');
  });

  it('is failed for the run beyond that, and later success resolves the failure without telling the run again', () => {
    const first = play(seen()).when(far);
    expect(outcomesOf(first.events)).toEqual(['run_1:0:failed']);
    expect(factsOf(first.events, 'FailureRecorded')).toMatchObject({ state: 'retrying' });
    const second = play(seen(), far).when(workSettled());
    expect(types(second.events)).toEqual(['RecordSynced', 'FailureResolved']);
  });

  it('is held for the run while the connection is parked', () => {
    const { events, state } = play(seen()).when(parked);
    expect(outcomesOf(events)).toEqual(['run_1:0:held']);
    expect(factsOf(events, 'FailureRecorded')).toMatchObject({ state: 'open', nextAttemptAt: null });
    expect(target(state)?.phase).toBe('parked');
    expect(types(play(seen(), parked).when(workSettled()).events)).toEqual(['RecordSynced', 'FailureResolved']);
  });

  it('settles another run at once while the next attempt is far or the connection parked', () => {
    expect(outcomesOf(play(seen(), far).when(later()).events)).toEqual(['run_2:5:failed']);
    expect(outcomesOf(play(seen(), parked).when(later()).events)).toEqual(['run_2:5:held']);
    expect(outcomesOf(play(seen(), workDeferred()).when(later()).events)).toEqual([]);
  });
});

describe('a failure', () => {
  const idOf = (events: readonly RecordEvent[]) => factsOf(events, 'FailureRecorded')?.failureId;

  it('keeps its id while it is open and gets another one after it was resolved', () => {
    const { history } = play(seen(), workDeferred(), held);
    const ids = history.flatMap((event) => (event.type === 'FailureRecorded' ? [event.facts.failureId] : []));
    expect(new Set(ids).size).toBe(1);
    const again = workSettled({
      outcome: 'held',
      problem: problemOf('tax_unmapped'),
      sourceVersion: NOW_MICROS + 1000,
      contentHash: 'b',
    });
    const reopened = play(seen(), held, workSettled(), later({ sighting: sighting('b') })).when(again);
    expect(idOf(reopened.events)).toMatch(/^fail_[a-z2-7]{26}$/);
    expect(idOf(reopened.events)).not.toBe(ids[0]);
  });

  it('is looked at again when the record is seen again', () => {
    const { events } = play(seen(), held).when(later());
    expect(factsOf(events, 'WorkRequested')).toMatchObject({ reason: 'recheck', sourceVersion: NOW_MICROS + 1000 });
    expect(factsOf(play(seen(), held).when(later({ lane: 'retry' })).events, 'WorkRequested')?.reason).toBe('retry');
    expect(factsOf(play(seen(), held).when(later({ sighting: sighting('b') })).events, 'WorkRequested')?.reason).toBe(
      'changed',
    );
  });

  it('is looked at again when settings or a connection changed, with a newer version and the order last sent', () => {
    const recheck = {
      type: 'Recheck',
      targetIdentities: { quickbooks: '4620816365#1' },
      changedAt: NOW_MICROS,
    } as const;
    for (const result of [held, parked]) {
      const { events, state } = play(seen(), result).when(recheck);
      expect(types(events)).toEqual(['WorkRequested']);
      expect(events[0]).toMatchObject({
        facts: { reason: 'recheck', lane: 'retry', sourceVersion: NOW_MICROS + 1, syncId: null },
        payload: { order: { number: '1042' } },
      });
      const resolved = given(record, [...play(seen(), result).history, ...events], { id, now: NOW });
      expect(types(resolved.when(workSettled({ sourceVersion: NOW_MICROS + 1 })).events)).toEqual([
        'RecordSynced',
        'FailureResolved',
      ]);
      expect(target(state)?.phase).toBe('pending');
    }
    expect(play(seen()).when(recheck).events).toEqual([]);
    expect(play(seen(), workSettled()).when(recheck).events).toEqual([]);
    expect(play(seen(), held).when({ ...recheck, targetIdentities: {} }).events).toEqual([]);
  });

  it('is rechecked once more when something changes while it is being looked at again', () => {
    const recheck = {
      type: 'Recheck',
      targetIdentities: { quickbooks: '4620816365#1' },
      changedAt: NOW_MICROS,
    } as const;
    expect(play(seen(), held, recheck).when(recheck).events).toEqual([]);
    const { events } = play(seen(), held, recheck).when({ ...recheck, changedAt: NOW_MICROS + 2 });
    expect(events).toMatchObject([{ type: 'WorkRequested', facts: { sourceVersion: NOW_MICROS + 2 } }]);
    const twice = given(record, [...play(seen(), held, recheck).history, ...events], { id, now: NOW });
    const judgedBefore = workSettled({
      sourceVersion: NOW_MICROS + 1,
      outcome: 'held',
      problem: problemOf('tax_unmapped'),
    });
    expect(twice.when(judgedBefore).events).toEqual([]);
  });

  it('of content that cannot be read is not rechecked with the order sent before', () => {
    const recheck = {
      type: 'Recheck',
      targetIdentities: { quickbooks: '4620816365#1' },
      changedAt: NOW_MICROS,
    } as const;
    expect(play(seen(), held, later({ sighting: unreadable() })).when(recheck).events).toEqual([]);
  });

  it('can be discarded until the content changes', () => {
    const failureId = idOf(play(seen()).when(held).events) ?? '';
    const discard = { type: 'Discard', failureId, target: 'quickbooks', reason: 'booked by hand' } as const;
    const { events } = play(seen(), held).when(discard);
    expect(events).toMatchObject([{ type: 'FailureDiscarded', facts: { failureId, reason: 'booked by hand' } }]);
    expect(outcomesOf(play(seen(), held, discard).when(later()).events)).toEqual(['run_2:5:skipped']);
    const changed = later({ sighting: sighting('b') });
    expect(types(play(seen(), held, discard).when(changed).events)).toContain('WorkRequested');
    expect(types(play(seen(), held, discard).when(later({ lane: 'retry' })).events)).toContain('WorkRequested');
    expect(play(seen(), held, discard).when(discard).events).toEqual([]);
    expect(play(seen(), held).when({ ...discard, failureId: 'fail_other' }).events).toEqual([]);
  });

  it('discarded while the writer still tries does not come back', () => {
    const failureId = idOf(play(seen()).when(workDeferred()).events) ?? '';
    const discard = { type: 'Discard', failureId, target: 'quickbooks', reason: 'r' } as const;
    const { events } = play(seen(), workDeferred(), discard).when(held);
    expect(types(events)).toEqual(['RecordSynced', 'RecordSettled']);
    expect(outcomesOf(events)).toEqual(['run_1:0:skipped']);
  });

  it('ends when the record leaves the selection before anything was written', () => {
    const { events } = play(seen(), held).when(later({ sighting: sighting('b', { status: 'on-hold' }) }));
    expect(types(events)).toContain('FailureResolved');
    expect(outcomesOf(events)).toEqual(['run_2:5:not_counted']);
  });
});

describe('two documents of one order (D14)', () => {
  const duplicate = workSettled({ outcome: 'held', problem: problemOf('duplicate_document') });
  const synced = [seen(), workSettled()] as const;

  it('found by a sweep are a failure of the record that ends with the next good result', () => {
    const { events, state } = play(...synced).when(duplicate);
    expect(types(events)).toEqual(['RecordSynced', 'FailureRecorded']);
    expect(target(state)).toMatchObject({ phase: 'held', written: true });
    const next = play(...synced, duplicate).when(later());
    expect(factsOf(next.events, 'WorkRequested')?.reason).toBe('recheck');
    const settled = play(...synced, duplicate, later()).when(
      workSettled({ outcome: 'unchanged', sourceVersion: NOW_MICROS + 1000 }),
    );
    expect(types(settled.events)).toEqual(['RecordSynced', 'FailureResolved', 'RecordSettled']);
  });

  it('can be discarded and retried like any failure', () => {
    const failureId = factsOf(play(...synced).when(duplicate).events, 'FailureRecorded')?.failureId ?? '';
    const discard = { type: 'Discard', failureId, target: 'quickbooks', reason: 'known' } as const;
    expect(types(play(...synced, duplicate).when(discard).events)).toEqual(['FailureDiscarded']);
    expect(outcomesOf(play(...synced, duplicate, discard).when(later()).events)).toEqual(['run_2:5:skipped']);
    expect(types(play(...synced, duplicate).when(later({ lane: 'retry' })).events)).toContain('WorkRequested');
  });

  it('are news even where somebody discarded another failure of the same content', () => {
    const failureId = factsOf(play(seen()).when(held).events, 'FailureRecorded')?.failureId ?? '';
    const discard = { type: 'Discard', failureId, target: 'quickbooks', reason: 'r' } as const;
    const { events } = play(seen(), held, discard).when(duplicate);
    expect(factsOf(events, 'FailureRecorded')?.problem.code).toBe('duplicate_document');
    expect(outcomesOf(play(seen(), held, discard, duplicate).when(later()).events)).toEqual([]);
  });
});

describe('a record seen again', () => {
  const synced = [seen(), workSettled()] as const;

  it('is unchanged without any work when what matters to the target is the same', () => {
    const { events } = play(...synced).when(later());
    expect(types(events)).toEqual(['RecordSettled']);
    expect(outcomesOf(events)).toEqual(['run_2:5:unchanged']);
  });

  it('shows a change that does not concern the target, without work', () => {
    const completed = {
      ...sighting('a', { status: 'completed' }),
      contentHash: 'raw-other',
    } as Observation['sighting'];
    const { events } = play(...synced).when(later({ sighting: completed }));
    expect(types(events)).toEqual(['RecordObserved', 'RecordSettled']);
    expect(factsOf(events, 'RecordObserved')?.status).toBe('completed');
  });

  it('is sent when its content changed', () => {
    const { events } = play(...synced).when(later({ sighting: sighting('b') }));
    expect(factsOf(events, 'WorkRequested')).toMatchObject({ contentHash: 'b', reason: 'changed' });
  });

  it('is sent when it is to be recreated', () => {
    const { events } = play(...synced).when(later({ lane: 'retry', recreate: true }));
    expect(factsOf(events, 'WorkRequested')).toMatchObject({ recreate: true, reason: 'retry' });
  });

  it('is waited for while the same content is on its way, and overtaken by a live change only', () => {
    const { events, state } = play(seen()).when(later());
    expect(types(events)).toEqual(['RecordObserved']);
    expect(target(state)?.waiting).toHaveLength(2);
    expect(target(state)?.workVersion).toBe(NOW_MICROS);
    expect(factsOf(play(seen()).when(later({ lane: 'live' })).events, 'WorkRequested')?.lane).toBe('live');
  });

  it.each(['cancelled', 'failed', 'trash'])('is held when a written order became %s, once', (status) => {
    const gone = sighting('b', { status });
    const { events } = play(...synced).when(later({ sighting: gone }));
    expect(factsOf(events, 'FailureRecorded')?.problem.code).toBe('order_cancelled');
    expect(outcomesOf(events)).toEqual(['run_2:5:held']);
    const third = later({ syncId: 'run_3', readBeganAt: NOW_MICROS + 2000, sighting: gone });
    expect(types(play(...synced, later({ sighting: gone })).when(third).events)).toEqual(['RecordSettled']);
  });

  it('may be selected in a status that means cancelled elsewhere', () => {
    const wanted = { selection: { ...selection, statuses: ['failed'] }, sighting: sighting('a', { status: 'failed' }) };
    const first = play(seen(wanted)).when(workSettled());
    expect(outcomesOf(first.events)).toEqual(['run_1:0:created']);
  });

  it('is held when a written order was deleted', () => {
    const { events } = play(...synced).when(later({ sighting: { kind: 'missing' } }));
    expect(factsOf(events, 'FailureRecorded')?.problem.code).toBe('order_cancelled');
  });

  it('says whether it was thrown away or deleted, and says so anew when that changes', () => {
    const trashed = later({ sighting: sighting('b', { status: 'trash' }) });
    const message = (events: readonly RecordEvent[]) => factsOf(events, 'FailureRecorded')?.problem.message;
    expect(message(play(...synced).when(trashed).events)).toContain('Order 1042 was moved to the trash');
    const third = { syncId: 'run_3', readBeganAt: NOW_MICROS + 2000 };
    const { events, state } = play(...synced, trashed).when(later({ ...third, sighting: { kind: 'missing' } }));
    expect(message(events)).toContain('Order 1042 was deleted in the shop');
    expect(target(state)?.failuresOpened).toBe(1);
    const fourth = later({ syncId: 'run_4', readBeganAt: NOW_MICROS + 3000, sighting: { kind: 'missing' } });
    const again = play(...synced, trashed, later({ ...third, sighting: { kind: 'missing' } })).when(fourth);
    expect(types(again.events)).toEqual(['RecordSettled']);
    expect(outcomesOf(again.events)).toEqual(['run_4:5:held']);
  });

  it('stays discarded when a discarded cancellation goes on to the trash and out of it', () => {
    const cancelled = later({ sighting: sighting('b', { status: 'cancelled' }) });
    const failureId = factsOf(play(...synced).when(cancelled).events, 'FailureRecorded')?.failureId ?? '';
    const discard = { type: 'Discard', failureId, target: 'quickbooks', reason: 'voided' } as const;
    const history = [...synced, cancelled, discard] as const;
    for (const what of [sighting('c', { status: 'trash' }), { kind: 'missing' } as const]) {
      const { events } = play(...history).when(
        later({ syncId: 'run_3', readBeganAt: NOW_MICROS + 2000, sighting: what }),
      );
      expect(types(events)).not.toContain('FailureRecorded');
      expect(outcomesOf(events)).toEqual(['run_3:5:skipped']);
    }
  });

  it('is looked at again by the writer when it is back in the shop, which ends the hold', () => {
    const gone = [...synced, later({ sighting: { kind: 'missing' } })] as const;
    const back = later({ syncId: 'run_3', readBeganAt: NOW_MICROS + 2000 });
    expect(factsOf(play(...gone).when(back).events, 'WorkRequested')?.reason).toBe('changed');
    const { events, state } = play(...gone, back).when(
      workSettled({ outcome: 'unchanged', sourceVersion: NOW_MICROS + 2000 }),
    );
    expect(types(events)).toEqual(['RecordSynced', 'FailureResolved', 'RecordSettled']);
    expect(target(state)).toMatchObject({ phase: 'synced', failure: null });
  });

  it('is held when it was cancelled while it was held with a document', () => {
    const payment = { remoteType: 'Invoice', remoteId: '7', docNumber: '1042', totalMinor: 4428, currency: 'USD' };
    const documents = [{ ...payment, remoteVersion: '0' }];
    const half = workSettled({ outcome: 'held', problem: problemOf('period_closed'), documents });
    const { events, state } = play(seen(), half).when(later({ sighting: sighting('b', { status: 'cancelled' }) }));
    expect(factsOf(play(seen()).when(half).events, 'RecordSynced')?.documents).toEqual(documents);
    expect(factsOf(events, 'FailureRecorded')?.problem.code).toBe('order_cancelled');
    expect(target(state)?.written).toBe(true);
  });

  it('is not sent a second time by a recheck after its cancellation', () => {
    const recheck = {
      type: 'Recheck',
      targetIdentities: { quickbooks: '4620816365#1' },
      changedAt: NOW_MICROS,
    } as const;
    expect(play(...synced, later({ sighting: sighting('b', { status: 'cancelled' }) })).when(recheck).events).toEqual(
      [],
    );
  });

  it('keeps its document when it merely left the selected statuses', () => {
    const { events, state } = play(...synced).when(later({ sighting: sighting('b', { status: 'on-hold' }) }));
    expect(factsOf(events, 'RecordSynced')).toMatchObject({ outcome: 'skipped', reason: 'status_left' });
    expect(outcomesOf(events)).toEqual(['run_2:5:skipped']);
    expect(target(state)?.written).toBe(true);
    const back = later({ syncId: 'run_3', readBeganAt: NOW_MICROS + 2000 });
    const returned = play(...synced, later({ sighting: sighting('b', { status: 'on-hold' }) })).when(back);
    expect(outcomesOf(returned.events)).toEqual(['run_3:5:unchanged']);
    expect(types(returned.events)).not.toContain('WorkRequested');
  });

  it('keeps its document when the start date moved past it', () => {
    const moved = later({ selection: { ...selection, createdFrom: '2026-01-01' } });
    expect(outcomesOf(play(...synced).when(moved).events)).toEqual(['run_2:5:unchanged']);
  });

  it('starts anew for another company, and for another shop with the same order id', () => {
    const company = later({ targetIdentities: { quickbooks: '999#1' } });
    expect(factsOf(play(...synced).when(company).events, 'WorkRequested')?.realmId).toBe('999');
    expect(target(play(...synced).when(company).state)).toMatchObject({ written: false, phase: 'pending' });
    const shop = later({ sourceIdentity: `${SHOP}2`, readBeganAt: NOW_MICROS - 5 });
    expect(types(play(...synced).when(shop).events)).toContain('WorkRequested');
  });
});

describe('repeats and old reads', () => {
  it('the same observation again decides nothing', () => {
    for (const history of [
      [seen()],
      [seen(), workSettled()],
      [seen({ sighting: { kind: 'missing' } })],
    ] as RecordInput[][]) {
      expect(play(...history).when(history[0] as RecordInput).events).toEqual([]);
    }
  });

  it('a second sighting in one run does not count, and carries on what changed', () => {
    const same = play(seen()).when(seen({ ordinal: 9, readBeganAt: NOW_MICROS + 1 }));
    expect(outcomesOf(same.events)).toEqual(['run_1:9:not_counted']);
    expect(types(same.events)).not.toContain('WorkRequested');
    const changed = play(seen()).when(seen({ ordinal: 9, readBeganAt: NOW_MICROS + 1, sighting: sighting('b') }));
    expect(outcomesOf(changed.events)).toEqual(['run_1:9:not_counted']);
    expect(factsOf(changed.events, 'WorkRequested')?.contentHash).toBe('b');
    const result = given(record, [...play(seen()).history, ...changed.events], { id, now: NOW });
    const settled = result.when(workSettled({ sourceVersion: NOW_MICROS + 1, contentHash: 'b' }));
    expect(outcomesOf(settled.events)).toEqual(['run_1:0:created']);
  });

  it('a second sighting counts when the first one did not', () => {
    const left = seen({ sighting: sighting('a', { status: 'pending' }) });
    const { events } = play(left).when(seen({ ordinal: 9, readBeganAt: NOW_MICROS + 1 }));
    expect(types(events)).toEqual(['RecordObserved', 'WorkRequested']);
  });

  it('an older read is dropped and settles from the present state', () => {
    const old = later({ readBeganAt: NOW_MICROS - 1, sighting: sighting('old') });
    expect(outcomesOf(play(seen(), workSettled()).when(old).events)).toEqual(['run_2:5:unchanged']);
    const waiting = play(seen()).when(old);
    expect(types(waiting.events)).toEqual(['RecordObserved']);
    expect(waiting.state.contentHash).toBe('raw-a');
    const cases = [
      [held, 'held'],
      [failed, 'failed'],
    ] as const;
    for (const [result, outcome] of cases) {
      const { events } = play(seen(), result).when(old);
      expect(outcomesOf(events)).toEqual([`run_2:5:${outcome}`]);
      expect(factsOf(events, 'RecordSettled')?.error).not.toBeNull();
    }
  });

  it('an unchanged read moves the mark behind which reads are old', () => {
    const unchanged = later({ readBeganAt: NOW_MICROS + 10 });
    const between = later({ syncId: 'run_3', readBeganAt: NOW_MICROS + 5, sighting: sighting('old') });
    const { events } = play(seen(), workSettled(), unchanged).when(between);
    expect(outcomesOf(events)).toEqual(['run_3:5:unchanged']);
    expect(types(events)).not.toContain('WorkRequested');
  });
});
