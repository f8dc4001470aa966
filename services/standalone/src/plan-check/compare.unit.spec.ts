import { describe, expect, it } from 'vitest';
import { comparePlan, type Done, type PlanLine, predictedCalls } from './compare.js';

const line = (over: Partial<PlanLine> = {}): PlanLine => ({
  entityId: '1',
  target: 'quickbooks',
  action: 'create',
  predictedTotal: { amountMinor: 100, currency: 'USD' },
  predictedCalls: 2,
  ...over,
});
const did = (over: Partial<Done> = {}): Done => ({
  entityId: '1',
  target: 'quickbooks',
  outcome: 'created',
  state: 'synced',
  code: null,
  totalMinor: 100,
  ...over,
});

describe('the comparison of a plan with the run after it', () => {
  it.each([
    ['a creation', line(), did()],
    ['nothing to do', line({ action: 'none', predictedTotal: null }), did({ outcome: null })],
    [
      'a known hold',
      line({ action: 'hold', reason: 'x', predictedTotal: null }),
      did({ outcome: null, state: 'held', code: 'x' }),
    ],
    [
      'a skip',
      line({ action: 'skip', reason: 'x', predictedTotal: null }),
      did({ outcome: 'skipped', state: 'skipped', code: 'x' }),
    ],
  ])('is satisfied by %s that came true', (_, planned, done) => {
    expect(comparePlan([planned], [done])).toEqual([]);
  });

  it.each([
    ['a record that is nowhere', line(), []],
    ['another outcome', line(), [did({ outcome: 'updated' })]],
    ['a creation of which nothing is written down', line(), [did({ outcome: null })]],
    ['another state', line({ action: 'none' }), [did({ outcome: null, state: 'held' })]],
    ['another reason', line({ action: 'hold', reason: 'x' }), [did({ outcome: 'held', state: 'held', code: 'y' })]],
    ['a cent more', line(), [did({ totalMinor: 101 })]],
    ['the other target', line(), [did({ target: 'supabase' })]],
  ])('notices %s', (_, planned, done) => {
    expect(comparePlan([planned], done)).toHaveLength(1);
  });

  it('adds up the calls of one target', () => {
    expect(predictedCalls([line(), line({ target: 'supabase', predictedCalls: 1 }), line()], 'quickbooks')).toBe(4);
  });
});
