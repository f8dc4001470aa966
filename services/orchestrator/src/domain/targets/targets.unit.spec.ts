import { Target, type Entity } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import { anOrder, selection, sighting, unreadable } from '../../../test/support/builders.js';
import type { Sighting } from '../record/inputs.js';
import { GONE, initialTarget, type TargetState } from '../record/state.js';
import type { Case, Judgement } from './rules.js';
import { TARGET_RULES } from './table.js';

const NEW = initialTarget;
const SENT: TargetState = { ...NEW, phase: 'pending', contentHash: 'a', workVersion: 1 };
const WRITTEN: TargetState = { ...NEW, phase: 'synced', written: true, contentHash: 'a', syncedHash: 'a' };
const HELD: TargetState = {
  ...WRITTEN,
  phase: 'held',
  failure: { id: 'fail_1', attempts: 1, problem: problem('tax_unmapped') },
};
const CANCELLED: TargetState = {
  ...HELD,
  failure: { id: 'fail_1', attempts: 1, problem: problem('order_cancelled') },
};

function problem(code: string) {
  return { code, category: 'held', message: 'm', action: 'a', remote: null } as const;
}

const order = (over: Parameters<typeof anOrder>[0] = {}) => found(sighting('a', over));
const part = (suborder: 'part' | 'mixed') => ({ ...order({ parentId: '7' }), suborder }) as Case['sighting'];
const product = (status: string): Case['sighting'] => ({
  kind: 'product',
  product: {
    source: 'woo',
    id: '91',
    parentId: null,
    type: 'simple',
    name: 'Mug',
    sku: 'MUG',
    parentSku: null,
    status,
    priceMinor: 1_200,
    currency: 'USD',
  },
  contentHash: 'raw-a',
  workHashes: { quickbooks: 'a', supabase: 'row-a' },
  rows: { raw: { id: 91, status } },
});
const customer: Case['sighting'] = {
  kind: 'unreadable',
  code: 'source_invalid',
  message: 'no name',
  status: null,
  sourceNumber: null,
  contentHash: 'raw-a',
  workHashes: { supabase: 'row-a' },
  rows: { raw: { id: 17 } },
};
const missing: Case['sighting'] = { kind: 'missing' };
const bad = found(unreadable());

function found(seen: Sighting): Case['sighting'] {
  if (seen.kind === 'damaged') throw new Error('damaged records are judged without rules');
  return seen;
}

type Row = readonly [
  what: string,
  entity: Entity,
  sighting: Case['sighting'],
  current: TargetState,
  quickbooks: string,
  supabase: string,
];

/** Judgements as `kind key` or `kind reason key`. */
const ROWS: readonly Row[] = [
  ['a selected order', 'orders', order(), NEW, 'bring a', 'bring row-a'],
  ['one that is written', 'orders', order(), WRITTEN, 'bring a', 'bring row-a'],
  [
    'one of before the start date',
    'orders',
    order({ createdDate: '2024-12-31' }),
    NEW,
    ...both('skip before_start_date', ['a', 'row-a']),
  ],
  [
    'one of before it that is written',
    'orders',
    order({ createdDate: '2024-12-31' }),
    WRITTEN,
    'bring a',
    'bring row-a',
  ],
  ['one of before it on its way', 'orders', order({ createdDate: '2024-12-31' }), SENT, 'bring a', 'bring row-a'],
  ['an unreadable order', 'orders', bad, NEW, 'hold source_invalid x', 'bring row-x'],
  ['an order without a selected status', 'orders', order({ status: 'on-hold' }), NEW, 'leave raw-a', 'leave raw-a'],
  ['one on its way that left it', 'orders', order({ status: 'on-hold' }), SENT, 'stand', 'bring row-a'],
  [
    'a written one that left it',
    'orders',
    order({ status: 'on-hold' }),
    WRITTEN,
    'skip status_left raw-a',
    'bring row-a',
  ],
  ['a written one that left it, held', 'orders', order({ status: 'on-hold' }), HELD, 'stand', 'bring row-a'],
  [
    'a cancelled one that came back unselected',
    'orders',
    order({ status: 'on-hold' }),
    CANCELLED,
    'skip status_left raw-a',
    'bring row-a',
  ],
  ['a cancelled order', 'orders', order({ status: 'cancelled' }), NEW, `leave ${GONE}`, 'leave raw-a'],
  ['one cancelled on its way', 'orders', order({ status: 'cancelled' }), SENT, 'stand', 'bring row-a'],
  [
    'one cancelled after it was written',
    'orders',
    order({ status: 'cancelled' }),
    WRITTEN,
    `hold order_cancelled ${GONE}`,
    'bring row-a',
  ],
  ['an order that is gone', 'orders', missing, NEW, ...both('skip source_not_found', [GONE, GONE])],
  ['one gone on its way', 'orders', missing, SENT, 'stand', `bring ${GONE}`],
  ['one gone after it was written', 'orders', missing, WRITTEN, `hold order_cancelled ${GONE}`, `bring ${GONE}`],
  ['a part of its parent', 'orders', part('part'), NEW, 'skip part_of_parent a', 'bring row-a'],
  ['a part on its way', 'orders', part('part'), SENT, 'stand', 'bring row-a'],
  ['a part that is written', 'orders', part('part'), WRITTEN, 'hold suborder_ambiguous a', 'bring row-a'],
  ['a part of which nobody is sure', 'orders', part('mixed'), NEW, 'hold suborder_ambiguous a', 'bring row-a'],
  ['a product that is sold', 'products', product('publish'), NEW, 'bring a', 'bring row-a'],
  ['a draft', 'products', product('draft'), NEW, 'leave raw-a', 'bring row-a'],
  ['a draft that is written', 'products', product('draft'), WRITTEN, 'skip status_left raw-a', 'bring row-a'],
  ['a product in the trash', 'products', product('trash'), NEW, `leave ${GONE}`, 'leave raw-a'],
  ['a written one in the trash', 'products', product('trash'), WRITTEN, `skip source_not_found ${GONE}`, 'bring row-a'],
  ['one thrown away on its way', 'products', product('trash'), SENT, 'stand', 'bring row-a'],
  ['a customer that cannot be read', 'customers', customer, NEW, 'hold source_invalid raw-a', 'bring row-a'],
  ['a customer that is gone', 'customers', missing, WRITTEN, `skip source_not_found ${GONE}`, `bring ${GONE}`],
];

function both(what: string, [quickbooks, supabase]: readonly [string, string]): readonly [string, string] {
  return [`${what} ${quickbooks}`, `${what} ${supabase}`];
}

function told(judgement: Judgement): string {
  switch (judgement.kind) {
    case 'stand':
      return 'stand';
    case 'hold':
      return `hold ${judgement.problem.code} ${judgement.key}`;
    case 'skip':
      return `skip ${judgement.reason} ${judgement.key}`;
    case 'bring':
    case 'leave':
      return `${judgement.kind} ${judgement.key}`;
  }
}

describe('the rules of the targets', () => {
  it.each(ROWS)('%s (%s)', (_what, entity, seen, current, quickbooks, supabase) => {
    const one: Case = { entity, sourceNumber: '1042', sighting: seen, selection, current };
    expect({
      quickbooks: told(TARGET_RULES.quickbooks.judge(one)),
      supabase: told(TARGET_RULES.supabase.judge(one)),
    }).toEqual({ quickbooks, supabase });
  });

  it('give the books the canonical record and the mirror the raw one', () => {
    const one: Case = { entity: 'orders', sourceNumber: '1042', sighting: order(), selection, current: NEW };
    expect(TARGET_RULES.quickbooks.judge(one)).toMatchObject({ payload: { order: { number: '1042' } } });
    expect(TARGET_RULES.supabase.judge(one)).toMatchObject({ payload: { raw: { id: 1042 } } });
  });

  it.each(Target.options)('of %s refuse what was kept for another', (target) => {
    const foreign = target === 'quickbooks' ? { raw: {} } : { order: anOrder() };
    expect(() => TARGET_RULES[target].question(foreign)).toThrow('what was kept for');
  });

  it('let only orders for the books wait for a start date', () => {
    const waits = Target.options.flatMap((target) =>
      (['orders', 'customers', 'products', null] as const)
        .filter((entity) => TARGET_RULES[target].needsStartDate(entity))
        .map((entity) => `${target} ${entity ?? '*'}`),
    );
    expect(waits).toEqual(['quickbooks orders']);
  });
});
