import { given } from '@tillstream/testing';
import { describe, expect, it } from 'vitest';
import { anAccepted, aRequest, aRequestInput, NOW, REALM, selection, SHOP } from '../../../test/support/builders.js';
import { entitySync } from './aggregate.js';
import type { EntitySyncEvent } from './inputs.js';
import { cursorKey } from './state.js';

const HOUR = 3_600_000;
const accepted = (...args: Parameters<typeof anAccepted>): EntitySyncEvent => ({
  type: 'RunAccepted',
  facts: anAccepted(...args),
});
const keyed = accepted(
  { scanning: false },
  { syncId: 'run_0', ids: ['7'], idempotencyKey: 'k', requestHash: 'hash-1' },
);
const finished = (syncId: string, modifiedAfter?: string) =>
  ({
    type: 'Finished',
    finished: {
      syncId,
      entity: 'orders',
      status: 'completed',
      cursors: modifiedAfter === undefined ? {} : { quickbooks: { modifiedAfter } },
      sourceIdentity: SHOP,
    },
  }) as const;
const key = cursorKey('quickbooks', REALM, SHOP);
const released = (modifiedAfter: string): EntitySyncEvent => ({
  type: 'RunSlotReleased',
  facts: { syncId: 'run_0', cursors: { [key]: { cursor: { modifiedAfter }, selection } } },
});
const sync = (history: EntitySyncEvent[], now = NOW) => given(entitySync, history, { id: 'demo:orders', now });
const codeOf = (events: readonly EntitySyncEvent[]) =>
  events.map((event) => (event.type === 'RunRefused' ? event.facts.code : event.type));

describe('a request for a run', () => {
  it('is accepted with the connected targets and takes the slot', () => {
    const { events, state } = sync([]).when(aRequestInput());
    expect(events).toEqual([accepted()]);
    expect(state.active?.syncId).toBe('run_1');
  });

  it('is answered again when the key and the request are known, even while something else is wrong', () => {
    const input = aRequestInput({ sourceIdentity: null }, { idempotencyKey: 'k' });
    expect(sync([keyed]).when(input).events).toEqual([
      { type: 'RunReplayed', facts: { syncId: 'run_1', originalSyncId: 'run_0' } },
    ]);
  });

  it('is refused when the key is known for another request, before anything else is looked at', () => {
    const input = aRequestInput({ sourceIdentity: null }, { idempotencyKey: 'k', requestHash: 'other' });
    expect(codeOf(sync([keyed]).when(input).events)).toEqual(['idempotency_key_reused']);
  });

  it('is a new one when the key was last used 24 hours ago', () => {
    const input = aRequestInput({}, { idempotencyKey: 'k', requestHash: 'other' });
    expect(codeOf(sync([keyed], NOW + 24 * HOUR).when(input).events)).toEqual(['RunAccepted']);
    expect(codeOf(sync([keyed], NOW + 24 * HOUR - 1).when(input).events)).toEqual(['idempotency_key_reused']);
  });

  it('forgets the key of a refused request', () => {
    const refused = sync([]).when(aRequestInput({ sourceIdentity: null }, { idempotencyKey: 'k' }));
    const again = aRequestInput({}, { syncId: 'run_2', idempotencyKey: 'k', requestHash: 'other' });
    expect(codeOf(sync([...refused.events]).when(again).events)).toEqual(['RunAccepted']);
  });

  it.each(['constructor', '__proto__'])('takes %s as a key like any other', (idempotencyKey) => {
    const first = sync([]).when(aRequestInput({}, { idempotencyKey, ids: ['1'] }));
    expect(codeOf(first.events)).toEqual(['RunAccepted']);
    const second = sync([...first.events]).when(aRequestInput({}, { syncId: 'run_2', idempotencyKey, ids: ['1'] }));
    expect(codeOf(second.events)).toEqual(['RunReplayed']);
  });

  it.each([
    [aRequestInput({ sourceIdentity: null, startDateChosen: false }), 'WooCommerce is not connected'],
    [
      aRequestInput({ targetIdentities: {}, startDateChosen: false }),
      'a target (QuickBooks or Supabase) is not connected',
    ],
    [
      aRequestInput({ sourceIdentity: null, targetIdentities: {} }),
      'WooCommerce and a target (QuickBooks or Supabase) are not connected',
    ],
    [aRequestInput({}, { target: 'supabase' }), 'Supabase is not connected'],
  ])('is refused without a shop or a target and says which connection is missing', (input, message) => {
    const [event] = sync([]).when(input).events;
    expect(event).toMatchObject({ type: 'RunRefused', facts: { code: 'connection_missing', message } });
  });

  it('that only plans needs no slot and no start date, and moves no cursor', () => {
    const busy = [accepted({}, { syncId: 'run_0' })];
    const input = aRequestInput({ startDateChosen: false }, { dryRun: true, mode: 'full' });
    const [event] = sync(busy).when(input).events;
    expect(event).toMatchObject({ type: 'RunAccepted', facts: { scanning: false, movesCursors: false } });
    const missing = aRequestInput({ targetIdentities: {} }, { dryRun: true });
    expect(codeOf(sync([]).when(missing).events)).toEqual(['connection_missing']);
  });

  it('is refused without a start date and says what it would book, before the slot is looked at', () => {
    const input = aRequestInput({ startDateChosen: false, ordersPerYear: { '2025': 30, '2024': 12 } });
    const [event] = sync([accepted({}, { syncId: 'run_0' })]).when(input).events;
    expect(event).toMatchObject({
      type: 'RunRefused',
      facts: { code: 'start_date_missing', ordersPerYear: { '2024': 12, '2025': 30 } },
    });
    expect(event?.type === 'RunRefused' && event.facts.message).toContain('12 of 2024, 30 of 2025');
  });

  it.each([
    ['were not counted', null, 'could not be counted'],
    ['do not exist', {}, 'has no orders'],
  ])('is refused without a start date and says that orders %s', (_what, ordersPerYear, words) => {
    const [event] = sync([]).when(aRequestInput({ startDateChosen: false, ordersPerYear })).events;
    expect(event).toMatchObject({ facts: { ordersPerYear, message: expect.stringContaining(words) } });
  });

  it.each([
    ['names ids', { ids: ['1042'] }],
    ['retries failures', { refs: [{ entity: 'orders', sourceId: 'woo:1', target: 'quickbooks', failureId: 'f' }] }],
  ] as const)('needs no start date and no slot when it %s', (_, request) => {
    const input = aRequestInput({ startDateChosen: false }, { ...request } as never);
    const { events, state } = sync([accepted({}, { syncId: 'run_0' })]).when(input);
    expect(events).toMatchObject([{ type: 'RunAccepted', facts: { scanning: false, movesCursors: false } }]);
    expect(state.active?.syncId).toBe('run_0');
  });

  it('is refused while another scanning run is active, and names it', () => {
    const { events } = sync([accepted({}, { syncId: 'run_0' })]).when(aRequestInput());
    expect(events).toMatchObject([
      { type: 'RunRefused', facts: { code: 'sync_already_running', activeSyncId: 'run_0' } },
    ]);
  });

  it('is decided once, however often it is appended', () => {
    for (const input of [aRequestInput(), aRequestInput({ sourceIdentity: null })]) {
      const first = sync([]).when(input);
      expect(sync([...first.events]).when(input).events).toEqual([]);
    }
  });
});

describe('cursors', () => {
  const running = accepted({}, { syncId: 'run_0' });
  const from = (history: EntitySyncEvent[], ...args: Parameters<typeof aRequestInput>) => {
    const [event] = sync(history).when(aRequestInput(...args)).events;
    return event?.type === 'RunAccepted' ? event.facts.cursors.quickbooks : event?.type;
  };

  it('move when the active run ends, and free the slot', () => {
    expect(sync([running]).when(finished('run_0', '2026-01-05T12:00:00')).events).toEqual([
      released('2026-01-05T12:00:00'),
    ]);
    expect(
      sync([running, released('2026-01-05T12:00:00')]).when(finished('run_0', '2026-01-05T12:00:00')).events,
    ).toEqual([]);
  });

  it('stay when another run ends', () =>
    expect(sync([running]).when(finished('run_9', '2026-01-01T00:00:00')).events).toEqual([]));

  it('are where the next incremental run begins; a full one begins at the start', () => {
    const history = [running, released('2026-01-05T12:00:00')];
    expect(from(history)).toEqual({ modifiedAfter: '2026-01-05T12:00:00' });
    expect(from(history, {}, { mode: 'full' })).toBeNull();
  });

  it.each([
    ['another shop', { sourceIdentity: 'https://shop.example#2' }],
    ['another company', { targetIdentities: { quickbooks: `${REALM}1` } }],
    ['a status more', { selection: { ...selection, statuses: [...selection.statuses, 'on-hold'] } }],
    ['an earlier start date', { selection: { ...selection, createdFrom: '2024-12-31' } }],
    ['no start date', { selection: { ...selection, createdFrom: null } }],
  ])('do not hold for %s', (_, over) => {
    expect(from([running, released('2026-01-05T12:00:00')], over)).toBeNull();
  });

  it.each([
    ['a status less', { selection: { ...selection, statuses: ['completed'] } }],
    ['a later start date', { selection: { ...selection, createdFrom: '2025-06-01' } }],
  ])('hold for %s', (_, over) => {
    const history = [running, released('2026-01-05T12:00:00')];
    expect(from(history, over)).toEqual({ modifiedAfter: '2026-01-05T12:00:00' });
  });

  it('do not move by a run with filters', () => {
    const input = aRequestInput({}, { filters: { status: ['completed'] } });
    expect(sync([]).when(input).events).toMatchObject([{ facts: { scanning: true, movesCursors: false } }]);
    expect(aRequest().filters).toEqual({});
  });
});
