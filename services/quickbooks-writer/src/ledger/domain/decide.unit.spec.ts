import { describe, expect, it } from 'vitest';
import type { EffectCommand, IntendCommand } from './commands.js';
import { decideEffect } from './decide.js';
import { evolveEffect } from './evolve.js';
import { effectId, parseEffectId } from './identity.js';
import { type EffectState, initialEffect, type RemoteDocument } from './state.js';

const identity = { tenantId: 'default', realmId: '9130', epoch: '1', kind: 'invoice', sourceId: 'woo:1042' } as const;
const T0 = 1_000_000;

const intend = (body: string, change: Partial<IntendCommand> = {}): EffectCommand => ({
  type: 'Intend',
  operation: 'create',
  body,
  predictedTotalMinor: 4428,
  sourceHash: 'source-1',
  requestIdOf: (revision) => `req-${revision}`,
  ownerEpoch: 1,
  requestDeadlineMs: 120_000,
  settleMarginMs: 10_000,
  ...change,
});
const remote = (id: string, syncToken = '0'): RemoteDocument => ({
  id,
  syncToken,
  docNumber: '1042',
  totalMinor: 4428,
  taxMinor: 328,
  currency: 'USD',
});
const confirm = (id: string, by: 'reply' | 'lookup' = 'reply', revision = 1): EffectCommand => ({
  type: 'Confirm',
  revision,
  remote: remote(id),
  by,
});
const reject = (code: string, revision = 1): EffectCommand => ({ type: 'Reject', revision, code, remote: null });
const unknown = (revision = 1): EffectCommand => ({ type: 'MarkUnknown', revision, reason: 'timeout' });
const proveAbsent = (lookupBeganAtMs: number, revision = 1): EffectCommand => ({
  type: 'ProveAbsent',
  revision,
  lookupBeganAtMs,
});

/** Given these commands, what does the next one decide? */
function given(...commands: EffectCommand[]) {
  let state: EffectState = initialEffect(identity);
  for (const command of commands) state = decideEffect(command, state, T0).reduce(evolveEffect, state);
  return {
    state,
    when: (command: EffectCommand, now = T0) => {
      const events = decideEffect(command, state, now);
      return { events, types: events.map(({ type }) => type), state: events.reduce(evolveEffect, state) };
    },
  };
}

describe('effect ledger (D11, D12)', () => {
  it('makes the intent durable with its bytes, request id and settle time before anything leaves', () => {
    const { events } = given().when(intend('{"a":1}'));
    expect(events).toMatchObject([
      {
        type: 'EffectIntended',
        facts: { revision: 1, requestId: 'req-1', sentAtMs: T0, settleAtMs: T0 + 130_000, operation: 'create' },
        payload: { body: '{"a":1}' },
      },
    ]);
  });

  it('refuses a second send while the first is unresolved, with the same body and with another', () => {
    for (const unresolved of [given(intend('a')), given(intend('a'), unknown())]) {
      expect(unresolved.when(intend('a')).events).toEqual([]);
      expect(unresolved.when(intend('b')).events).toEqual([]);
    }
  });

  it('grows the revision only after a definite answer: for another body, or when QuickBooks itself refused', () => {
    expect(given(intend('a'), reject('duplicate_name')).when(intend('b')).state.revision).toBe(2);
    expect(given(intend('a'), reject('period_closed')).when(intend('a')).state).toMatchObject({
      revision: 2,
      sends: 1,
    });
    for (const unread of ['throttled', 'auth_expired', 'not_sent', 'fenced', 'quickbooks_unavailable']) {
      expect(given(intend('a'), reject(unread)).when(intend('a')).state).toMatchObject({ revision: 1, sends: 2 });
      expect(given(intend('a'), reject(unread)).when(intend('b')).state).toMatchObject({ revision: 2, sends: 1 });
    }
    expect(given(intend('a'), confirm('7')).when(intend('b', { operation: 'update' })).state.revision).toBe(2);
  });

  it('never creates again what exists or what a person removed; what we voided only when asked to', () => {
    const written = given(intend('a'), confirm('7'));
    expect(written.when(intend('b')).events).toEqual([]);
    const updateRefused = given(intend('a'), confirm('7'), intend('u', { operation: 'update' }), reject('610', 2));
    expect(updateRefused.when(intend('b')).events).toEqual([]);
    expect(written.when(intend('b', { recreate: true })).events).toEqual([]);
    const voided = given(intend('a'), confirm('7'), intend('v', { operation: 'void' }), confirm('7', 'reply', 2));
    expect(voided.state.gone).toBe(true);
    expect(voided.when(intend('a')).events).toEqual([]);
    expect(voided.when(intend('a', { recreate: true })).state).toMatchObject({ status: 'intended', revision: 3 });
  });

  it('after proven absence the request id stays, for other bytes as well, and the mixture is known', () => {
    const absent = given(intend('a'), unknown(), proveAbsent(T0 + 130_000));
    expect(absent.state.status).toBe('absent');
    expect(absent.when(intend('b')).state).toMatchObject({ revision: 1, requestId: 'req-1', mixed: true });
    expect(absent.when(intend('b', { operation: 'void' })).events).toEqual([]);
    const fenced = given(intend('a'), unknown(), proveAbsent(T0 + 130_000), intend('a'), reject('fenced'));
    expect(fenced.when(intend('b')).state).toMatchObject({ revision: 1, mixed: true });
    const refused = given(intend('a'), unknown(), proveAbsent(T0 + 130_000), intend('b'), reject('period_closed'));
    expect(refused.when(intend('b')).state).toMatchObject({ revision: 2, mixed: false });
    const again = absent.when(intend('a'), T0 + 140_000).state;
    expect(again).toMatchObject({
      status: 'intended',
      revision: 1,
      requestId: 'req-1',
      sends: 2,
      firstSentAtMs: T0,
      mixed: false,
    });
    expect(again.settleAtMs).toBe(T0 + 270_000);
  });

  it('settle rule: a look-up that began before deadline plus margin proves no absence', () => {
    expect(given(intend('a'), unknown()).when(proveAbsent(T0 + 129_999)).events).toEqual([]);
    expect(given(intend('a')).when(proveAbsent(T0 + 129_999)).events).toEqual([]);
    expect(given(intend('a')).when(proveAbsent(T0 + 130_000)).types).toEqual(['EffectProvenAbsent']);
  });

  it('a look-up may adopt at any time', () => {
    expect(given(intend('a'), unknown()).when(confirm('7', 'lookup')).state).toMatchObject({
      status: 'confirmed',
      by: 'lookup',
      remote: { id: '7' },
    });
    expect(given(intend('a'), reject('6140')).when(confirm('7', 'lookup')).state.status).toBe('confirmed');
  });

  it('reports a second document of one effect instead of replacing the first', () => {
    const found = given(intend('a'), confirm('7')).when(confirm('8', 'lookup'));
    expect(found.events).toMatchObject([{ type: 'DuplicateDocumentFound', facts: { remoteIds: ['7', '8'] } }]);
    expect(found.state.remote?.id).toBe('7');
    expect(given(intend('a'), confirm('7'), confirm('8', 'lookup')).when(confirm('8', 'lookup')).events).toEqual([]);
  });

  it('drops answers to an earlier revision', () => {
    const second = given(intend('a'), reject('6240'), intend('b'));
    expect(second.when(confirm('7')).events).toEqual([]);
    expect(second.when(reject('6240')).events).toEqual([]);
    expect(second.when(unknown()).events).toEqual([]);
    expect(second.when(proveAbsent(T0 + 999_999)).events).toEqual([]);
  });

  it('refuses an owner that was overtaken (D14)', () => {
    const taken = given(intend('a', { ownerEpoch: 2 }), reject('not_sent'));
    expect(taken.when(intend('a', { ownerEpoch: 1 })).events).toEqual([]);
    expect(taken.when(intend('a', { ownerEpoch: 3 })).types).toEqual(['EffectIntended']);
  });

  it('adopts an existing object as revision 1 without ever having sent anything', () => {
    const adopted = given().when({ type: 'Adopt', remote: remote('55'), requestId: 'req-1' });
    expect(adopted.state).toMatchObject({ status: 'confirmed', by: 'adoption', revision: 1, body: null });
    expect(given(intend('a')).when({ type: 'Adopt', remote: remote('55'), requestId: 'req-1' }).events).toEqual([]);
  });

  it('its id says who it is, and back', () => {
    expect(parseEffectId(effectId(identity))).toEqual(identity);
    expect(() => parseEffectId('nonsense')).toThrowError(expect.objectContaining({ code: 'effect_id_invalid' }));
  });
});
