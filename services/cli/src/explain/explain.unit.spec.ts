import { defaultSettings } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import type { DocumentView, FailureView, RunView, TargetView } from '../api/views.js';
import { type Evidence, explain } from './explain.js';

const INVOICE: TargetView = {
  state: 'synced',
  remoteId: '145',
  remoteType: 'Invoice',
  docNumber: '1042',
  total: { amountMinor: 4_428, currency: 'USD' },
  remoteVersion: '0',
  contentHash: 'h',
  syncedAt: '2026-01-05T12:00:03.000Z',
  code: null,
  linked: [
    {
      remoteType: 'Payment',
      remoteId: '146',
      docNumber: null,
      total: { amountMinor: 4_428, currency: 'USD' },
      remoteVersion: '0',
    },
  ],
};
const NOTHING: TargetView = {
  ...INVOICE,
  state: 'pending',
  remoteId: null,
  remoteType: null,
  docNumber: null,
  total: null,
  syncedAt: null,
  linked: [],
};

function order(targets: DocumentView['targets'], events: DocumentView['events'] = []): DocumentView {
  return {
    entity: 'orders',
    sourceId: 'woo:1042',
    sourceNumber: '1042',
    updatedAt: '2026-01-05T12:00:03.000Z',
    source: {
      status: 'completed',
      total: { amountMinor: 4_428, currency: 'USD' },
      totalTax: { amountMinor: 321, currency: 'USD' },
    },
    targets,
    events,
  };
}

const FAILURE: FailureView = {
  id: 'fail_1',
  entity: 'orders',
  entityId: '1042',
  sourceId: 'woo:1042',
  sourceNumber: '1042',
  target: 'quickbooks',
  code: 'tax_unmapped',
  category: 'held',
  message: 'No tax code has 19 %.',
  action: 'Create a tax code.',
  remote: null,
  attempts: 2,
  firstFailedAt: '2026-01-05T12:00:00.000Z',
  lastFailedAt: '2026-01-05T12:01:00.000Z',
  nextAttemptAt: null,
  state: 'open',
  syncId: 'run_1',
  causedBy: null,
};

function explained(more: Partial<Evidence>): string[] {
  return explain({
    entity: 'orders',
    id: '1042',
    document: null,
    failures: [],
    causes: [],
    connections: [{ platform: 'woocommerce' }, { platform: 'quickbooks' }],
    settings: defaultSettings(),
    lastRun: null,
    ...more,
  });
}

describe('explaining a record that is where it belongs', () => {
  it('names the document, its number, id, total, what hangs on it, and since when', () => {
    expect(explained({ document: order({ quickbooks: INVOICE }) })).toEqual([
      'Order 1042 in the shop: completed, 44.28 USD (tax 3.21 USD).',
      'QuickBooks: in step. Invoice 1042 (id 145) over 44.28 USD and Payment (id 146) over 44.28 USD, since 2026-01-05 12:00:03 UTC.',
    ]);
  });

  it('tells every connected target, and one that was never asked', () => {
    const connections = [{ platform: 'quickbooks' as const }, { platform: 'supabase' as const }];
    const lines = explained({ connections, document: order({ quickbooks: INVOICE }) });
    expect(lines.at(-1)).toBe('Supabase: nothing has been asked of it for this order.');
  });

  it('gives the number people know when it is not the id', () => {
    const document = { ...order({}), sourceNumber: 'A-77' };
    expect(explained({ document })[0]).toContain('Order 1042 (number A-77) in the shop');
  });
});

describe('explaining a record that is not', () => {
  const held = { ...NOTHING, state: 'held' as const, code: 'tax_unmapped' };

  it('says why it is held, since when, and what to do', () => {
    expect(explained({ document: order({ quickbooks: held }), failures: [FAILURE] }).slice(1)).toEqual([
      'QuickBooks: held since 2026-01-05 12:00:00 UTC. No tax code has 19 %.',
      '  To do: Create a tax code. Then, if it does not go on by itself: tillstream retry fail_1',
    ]);
  });

  it('names the record it waits for', () => {
    const cause: FailureView = {
      ...FAILURE,
      id: 'fail_2',
      entity: 'customers',
      entityId: '7',
      message: 'Two of them',
      action: 'Merge them.',
    };
    const failures = [{ ...FAILURE, causedBy: 'fail_2' }];
    expect(explained({ document: order({ quickbooks: held }), failures, causes: [cause] }).slice(2)).toEqual([
      '  It only waits for the customer 7: Two of them.',
      '  To do: Merge them. Then: tillstream retry fail_2',
    ]);
  });

  it('says when it goes on by itself, and that an earlier state is there', () => {
    const retrying = { ...INVOICE, state: 'retrying' as const, code: 'remote_unavailable', linked: [] };
    const failures = [
      {
        ...FAILURE,
        state: 'retrying' as const,
        nextAttemptAt: '2026-01-05T12:02:00.000Z',
        message: 'No answer',
        action: '',
      },
    ];
    expect(explained({ document: order({ quickbooks: retrying }), failures }).slice(1)).toEqual([
      'QuickBooks: not written yet after 2 attempts, next attempt at 2026-01-05 12:02:00 UTC. No answer. Invoice 1042 (id 145) over 44.28 USD is there.',
    ]);
  });

  it.each([
    ['before_start_date', 'created before the start date (setting orders.createdFrom)'],
    ['status_left', 'its status is not among the synced ones (setting orders.statuses)'],
    ['source_not_found', 'the shop does not have it'],
    ['a_code_of_tomorrow', 'a code of tomorrow'],
  ])('says why it was left out: %s', (code, words) => {
    const skipped = { ...NOTHING, state: 'skipped' as const, code };
    expect(explained({ document: order({ quickbooks: skipped }) })[1]).toContain(words);
  });
});

describe('explaining a record that was never seen', () => {
  const RUN = {
    syncId: 'run_9',
    mode: 'full',
    status: 'completed',
    requestedAt: '2026-01-05T12:00:00.000Z',
  } as RunView;

  it('tells which orders are taken, the last run, and how to ask the shop', () => {
    const settings = {
      ...defaultSettings(),
      orders: { statuses: ['completed', 'refunded'], createdFrom: '2026-01-01' },
    };
    expect(explained({ settings, lastRun: RUN })).toEqual([
      'Tillstream has never taken in order 1042.',
      'Runs take orders with the status completed or refunded, created on or after 2026-01-01: an order with another status or an older one is left alone.',
      'The last run of orders was run_9 (full, completed, 2026-01-05 12:00:00 UTC): a record that is younger comes with the next one.',
      'Ask the shop about it, without writing anything: tillstream sync orders --ids 1042 --dry-run',
    ]);
  });

  it('points at what is missing first: a shop, a start date, a run', () => {
    expect(explained({ connections: [] })[1]).toContain('The shop is not connected');
    const lines = explained({});
    expect(lines[1]).toContain('no start date is chosen yet');
    expect(lines[2]).toBe('No run of orders has been made yet: tillstream sync orders');
  });
});

describe('the history', () => {
  const at = '2026-01-05T12:00:00.000Z';
  const observed = {
    entity: 'orders',
    sourceId: 'woo:1042',
    sourceNumber: '1042',
    sourceVersion: 1,
    contentHash: 'h',
    syncId: null,
    status: 'completed',
    totalMinor: 4_428,
    totalTaxMinor: 321,
    currency: 'USD',
    readBeganAt: 1,
    sourceIdentity: 's',
    targetIdentities: {},
    gone: false,
    ordinal: null,
    waits: [],
  };
  const effect = { realmId: 'r', kind: 'invoice', sourceId: 'woo:1042', revision: 1, requestId: 'q' };
  const confirmed = {
    ...effect,
    remoteId: '145',
    syncToken: '0',
    docNumber: '1042',
    totalMinor: 4_428,
    taxMinor: 321,
    currency: 'USD',
    by: 'lookup',
  };
  const failed = {
    failureId: 'fail_1',
    entity: 'orders',
    sourceId: 'woo:1042',
    sourceNumber: '1042',
    target: 'quickbooks',
    syncId: null,
    problem: { code: 'remote_unavailable', category: 'transient', message: 'No answer', action: 'x', remote: null },
    attempts: 1,
    state: 'retrying',
    nextAttemptAt: '2026-01-05T12:01:00.000Z',
    causedBy: null,
  };
  const history = (events: readonly { type: string; facts: Record<string, unknown> }[]) => {
    const told = events.map((event, index) => ({ id: `e${index}`, occurredAt: at, ...event }));
    const lines = explained({ document: order({}, told) });
    return lines.slice(lines.indexOf('How it got there:') + 1);
  };

  it('is told in sentences, repeats once, and what only machines need not at all', () => {
    expect(
      history([
        { type: 'RecordObserved', facts: observed },
        {
          type: 'EffectIntended',
          facts: {
            ...effect,
            operation: 'create',
            bodyHash: 'b',
            sourceHash: null,
            ownerEpoch: 1,
            sentAtMs: 1,
            settleAtMs: 2,
            predictedTotalMinor: 4_428,
          },
        },
        { type: 'FailureRecorded', facts: failed },
        { type: 'FailureRecorded', facts: failed },
        { type: 'EffectConfirmed', facts: confirmed },
        { type: 'RunProgressed', facts: {} },
      ]),
    ).toEqual([
      '  2026-01-05 12:00:00 UTC  Seen in the shop: completed, 44.28 USD (tax 3.21 USD).',
      '  2026-01-05 12:00:00 UTC  QuickBooks: about to create the invoice, total as in the shop.',
      '  2026-01-05 12:00:00 UTC  QuickBooks: not done yet (remote_unavailable, attempt 1): No answer. Next attempt at 2026-01-05 12:01:00 UTC. (2 times)',
      '  2026-01-05 12:00:00 UTC  QuickBooks: invoice number 1042 (id 145) over 44.28 USD is there; the answer had been lost, a look-up found it.',
    ]);
  });

  it('gives at least the name of what another version wrote', () => {
    expect(
      history([
        { type: 'EventOfTomorrow', facts: {} },
        { type: 'EffectConfirmed', facts: {} },
      ]),
    ).toEqual(['  2026-01-05 12:00:00 UTC  EventOfTomorrow.', '  2026-01-05 12:00:00 UTC  EffectConfirmed.']);
  });
});
