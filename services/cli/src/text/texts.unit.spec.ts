import type { RebuildView, StorageView } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import type { PlanLine, RunView } from '../api/views.js';
import { jsonText } from '../commands/context.js';
import { rebuildLines } from '../commands/rebuild.js';
import { withValue } from '../commands/settings.js';
import { planSummary, planTable } from './plan-text.js';
import { runSentence } from './run-text.js';
import { storageLines } from './storage-text.js';

const LINE: PlanLine = {
  entity: 'orders',
  entityId: '1042',
  sourceId: 'woo:1042',
  sourceNumber: '1042',
  target: 'quickbooks',
  action: 'create',
  reason: null,
  message: null,
  diff: [{ field: 'total', from: null, to: '44.28 USD' }],
  predictedTotal: { amountMinor: 4_428, currency: 'USD' },
  predictedCalls: 3,
};

describe('a plan', () => {
  const lines: PlanLine[] = [
    LINE,
    { ...LINE, target: 'supabase', predictedTotal: null, predictedCalls: 1 },
    {
      ...LINE,
      entityId: '1043',
      sourceNumber: 'A-7',
      action: 'hold',
      reason: 'tax_unmapped',
      message: 'No code.',
      predictedTotal: null,
      predictedCalls: 0,
    },
    {
      ...LINE,
      entityId: '1044',
      sourceNumber: '1044',
      action: 'update',
      diff: [{ field: 'total', from: '1.00 USD', to: '2.00 USD' }],
      predictedCalls: 1,
    },
    { ...LINE, entityId: '1045', action: 'none', diff: [], predictedCalls: 0 },
  ];

  it('is summed up by target and action', () => {
    expect(planSummary(lines).rows).toEqual([
      ['QuickBooks', 'create', '1', '3'],
      ['QuickBooks', 'update', '1', '1'],
      ['QuickBooks', 'hold', '1', '0'],
      ['QuickBooks', 'none', '1', '0'],
      ['Supabase', 'create', '1', '1'],
    ]);
  });

  it('names what would change record by record, and leaves out what stays', () => {
    expect(planTable(lines).rows).toEqual([
      ['order 1042', 'quickbooks', 'create', '44.28 USD', '3', ''],
      ['order 1042', 'supabase', 'create', '-', '1', ''],
      ['order 1043 (number A-7)', 'quickbooks', 'hold', '-', '0', 'tax_unmapped: No code.'],
      ['order 1044', 'quickbooks', 'update', '44.28 USD', '1', 'total: 1.00 USD -> 2.00 USD'],
    ]);
  });
});

describe('a run', () => {
  const run = {
    syncId: 'run_1',
    entity: 'orders',
    mode: 'full',
    dryRun: false,
    status: 'completed_with_errors',
    startedAt: '2026-01-05T12:00:00.000Z',
    finishedAt: '2026-01-05T12:00:12.000Z',
  } as RunView;

  it('is told in one sentence', () => {
    expect(runSentence(run)).toBe('Run run_1 of orders (full) completed with errors in 12 s.');
    expect(runSentence({ ...run, dryRun: true, status: 'running', finishedAt: null })).toBe(
      'Run run_1 of orders (full, dry run) is running.',
    );
    expect(runSentence({ ...run, entity: null, status: 'cancelled', startedAt: null })).toBe(
      'Run run_1 of several entities (full) was cancelled.',
    );
  });
});

describe('the storage', () => {
  const topic = { topic: 't', records: 5, bytes: 1, retentionDays: null, oldestAt: '2026-01-05T12:00:00.000Z' };
  const view: StorageView = { dataBytes: 2_500_000, logBytes: 1_500_000, walBytes: 0, records: 7, topics: [topic] };

  it('is told with its sizes, its age, and how long things are kept', () => {
    expect(storageLines(view)).toEqual([
      'Data folder: 2.5 MB; of it the log 1.5 MB (7 records since 2026-01-05 12:00:00 UTC), the write-ahead file 0 B.',
      'Everything in the log is kept for ever.',
    ]);
    const topics = [topic, ...[30, 1, 30].map((retentionDays) => ({ ...topic, retentionDays, oldestAt: null }))];
    expect(storageLines({ ...view, topics })[1]).toBe(
      'Facts in the log are kept for ever, requests and commands for 1 day or 30 days.',
    );
  });
});

describe('a rebuild', () => {
  const view: RebuildView = {
    rebuildId: 'rebuild_1',
    status: 'completed',
    documents: 1,
    compared: 1,
    differences: [],
    differenceCount: 0,
    switched: true,
    startedAt: '2026-01-05T12:00:00.000Z',
    finishedAt: '2026-01-05T12:00:02.000Z',
    failure: null,
  };

  it('says what it did, what differed, and what is in use now', () => {
    expect(rebuildLines(view)).toEqual([
      '1 document rebuilt from the log, 1 compared in 2.0 s: no difference. The rebuilt ones are in use.',
    ]);
    expect(rebuildLines({ ...view, differenceCount: 2, switched: false })[0]).toContain(
      '2 differences. What was there stays in use.',
    );
    expect(rebuildLines({ ...view, status: 'failed', failure: 'disk full' })[0]).toContain('failed: disk full.');
  });
});

describe('JSON', () => {
  it('has no bare control character and says the same', () => {
    const value = { text: 'a\u009b2J\u001b\n' };
    expect(jsonText(value)).not.toMatch(/[^\P{Cc}\n]/u);
    expect(JSON.parse(jsonText(value))).toEqual(value);
  });
});

describe('changing one setting', () => {
  it('leaves the others, and stops where the path leads through a value', () => {
    expect(withValue({ a: { b: 1, c: 2 }, d: 3 }, ['a', 'b'], 9)).toEqual({ a: { b: 9, c: 2 }, d: 3 });
    expect(withValue({}, ['a', 'b'], 9)).toEqual({ a: { b: 9 } });
    expect(() => withValue({ a: 1 }, ['a', 'b'], 9)).toThrow('no settings inside');
    expect(() => withValue({ a: [1] }, ['a', '0'], 9)).toThrow('no settings inside');
  });
});
