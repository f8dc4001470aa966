import { describe, expect, it } from 'vitest';
import { record } from './aggregate.js';
import { initialRecord, initialTarget, type RecordState, type TargetState } from './state.js';

const ID = 'demo:orders:woo:1';
const target = (phase: TargetState['phase'], workVersion: number | null): TargetState => ({
  ...initialTarget,
  phase,
  workVersion,
});
const withTargets = (targets: RecordState['targets']): RecordState => ({
  ...initialRecord('demo', 'orders', 'woo:1'),
  targets,
});

describe('the index of a record', () => {
  it.each([
    ['that no target was asked about', {}, null],
    ['on its way', { quickbooks: target('pending', 70) }, 70],
    ['put off', { quickbooks: target('retrying', 70) }, 70],
    ['that waits for a person', { quickbooks: target('parked', 70), supabase: target('held', 60) }, null],
    ['that is there', { quickbooks: target('synced', 70) }, null],
    ['in several states', { quickbooks: target('synced', 50), supabase: target('pending', 70) }, 70],
    ['that waits twice', { quickbooks: target('retrying', 60), supabase: target('pending', 70) }, 60],
  ] as const)('says since when a record %s is unsynced', (_name, targets, since) => {
    expect(record.index?.(withTargets(targets), ID)['unsyncedSince']).toBe(since);
  });
});
