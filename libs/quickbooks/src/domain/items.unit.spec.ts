import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { line, settings } from '../../test/fixtures.js';
import { ItemDirectory } from './directories.js';
import { itemBody, noteSkuOwners, planItem, productNeed, roleNeed } from './items.js';
import type { ItemContext, ItemEntry, ItemNeed } from './model.js';

const entry = (changes: Partial<ItemEntry>): ItemEntry => ({
  id: '7',
  name: 'Mug from the old books',
  sku: 'MUG-B',
  type: 'NonInventory',
  active: true,
  ...changes,
});
const need = (changes: Parameters<typeof line>[0] = {}): ItemNeed => productNeed('woo', line(changes));
function context(entries: ItemEntry[] = [], changes: Partial<ItemContext> = {}): ItemContext {
  return {
    settings: settings(),
    profile: { isUs: true },
    directory: new ItemDirectory(entries),
    knownId: null,
    skuOwners: new Map(),
    ...changes,
  };
}
function owners(...needs: ItemNeed[]): Map<string, Set<string>> {
  const map = new Map<string, Set<string>>();
  noteSkuOwners(map, needs);
  return map;
}

describe('identity (B10)', () => {
  it('is product and variation, not the SKU', () => {
    expect(need().identity).toBe('woo:88-91');
    expect(need({ variationId: null }).identity).toBe('woo:88');
    expect(need({ productId: null, sku: 'MUG-B' })).toMatchObject({
      identity: 'role:sale',
      sku: null,
      name: 'Woo sale',
    });
  });
});

describe('finding an item (B10)', () => {
  it('by its SKU, whatever its case, the first time', () => {
    expect(planItem(need(), context([entry({ sku: 'mug-b ' })]))).toEqual({
      kind: 'use',
      identity: 'woo:88-91',
      id: '7',
      how: 'adopted',
    });
  });

  it('by our own mapping afterwards, whatever its SKU is now', () => {
    const entries = [entry({ id: '9', sku: 'RENAMED' }), entry({ id: '7' })];
    expect(planItem(need(), context(entries, { knownId: '9' }))).toMatchObject({ id: '9', how: 'known' });
  });

  it('holds when the mapped item is gone or inactive', () => {
    expect(planItem(need(), context([], { knownId: '9' }))).toMatchObject({ code: 'item_gone' });
    expect(planItem(need(), context([entry({ active: false })], { knownId: '7' }))).toMatchObject({
      code: 'item_gone',
    });
  });

  it('holds when two active items have the SKU; inactive ones and categories do not count', () => {
    const two = [entry({ id: '7', name: 'A' }), entry({ id: '8', name: 'B' })];
    expect(planItem(need(), context(two))).toMatchObject({
      code: 'item_ambiguous',
      message: expect.stringContaining('"A", "B"'),
    });
    const one = [
      entry({ id: '7', name: 'A' }),
      entry({ id: '8', name: 'B', active: false }),
      entry({ id: '9', name: 'C', type: 'Category' }),
    ];
    expect(planItem(need(), context(one))).toMatchObject({ kind: 'use', id: '7' });
  });

  it('does not go by the SKU of a line without a product', () => {
    expect(planItem(need({ productId: null }), context([entry({})]))).toMatchObject({
      kind: 'create',
      nameCandidates: ['Woo sale', 'Woo sale 2', 'Woo sale 3'],
    });
  });
});

describe('a SKU that several things show (B10)', () => {
  const first = need({ variationId: '91' });
  const second = need({ variationId: '92', name: 'Mug - Red' });
  const stranger = need({ productId: '200', variationId: null, name: 'Bowl' });

  it('is the parent’s when variations of one product show it: all use the item that carries it', () => {
    const seen = { skuOwners: owners(first, second) };
    expect(planItem(first, context([entry({})], seen))).toMatchObject({ kind: 'use', id: '7' });
    expect(planItem(second, context([entry({})], seen))).toMatchObject({ kind: 'use', id: '7' });
  });

  it('identifies nothing when two products show it: no match, and new items go without it', () => {
    const seen = { skuOwners: owners(first, stranger) };
    expect(planItem(first, context([entry({})], seen))).toMatchObject({ kind: 'create', sku: null });
    const plan = planItem(stranger, context([entry({})], seen));
    if (plan.kind !== 'create') throw new TypeError('create');
    expect(itemBody(plan, 'Bowl', '79')).toEqual({
      Name: 'Bowl',
      Type: 'NonInventory',
      IncomeAccountRef: { value: '79' },
    });
  });

  it('is learnt once', () => {
    const map = owners(first);
    expect(noteSkuOwners(map, [first])).toBe(false);
    expect(noteSkuOwners(map, [need({ sku: 'mug-B', productId: '200' })])).toBe(true);
    expect(map.get('mug-b')?.size).toBe(2);
  });
});

describe('a new item (B10)', () => {
  it('has the product’s name, SKU and the type of the settings', () => {
    const plan = planItem(need({ name: 'Mug: Blue &amp; Big' }), context());
    if (plan.kind !== 'create') throw new TypeError('create');
    expect(plan).toMatchObject({
      accountRole: 'salesIncome',
      nameCandidates: ['Mug - Blue & Big', 'Mug - Blue & Big (Woo 88-91)', 'Mug - Blue & Big (woo - 88-91)'],
    });
    expect(itemBody(plan, 'Mug', '79')).toEqual({
      Name: 'Mug',
      Type: 'NonInventory',
      Sku: 'MUG-B',
      IncomeAccountRef: { value: '79' },
    });
    const service = planItem(need(), context([], { settings: settings({ itemType: 'service' }) }));
    expect(service).toMatchObject({ template: { Type: 'Service' } });
  });

  it('does not take over an item that only has the same name', () => {
    expect(planItem(need({ sku: '' }), context([entry({ name: 'MUG - BLUE', sku: null })]))).toMatchObject({
      kind: 'create',
      nameCandidates: ['Mug - Blue (Woo 88-91)', 'Mug - Blue (woo - 88-91)'],
    });
  });

  it('is not created when the settings forbid it; then a name or a SKU finds one', () => {
    const off = { settings: settings({ createMissingItems: false }) };
    expect(planItem(need(), context([], off))).toMatchObject({
      code: 'item_missing',
      message: expect.stringContaining('SKU "MUG-B"'),
    });
    expect(planItem(need(), context([entry({ name: 'mug - blue', sku: null })], off))).toMatchObject({
      kind: 'use',
      id: '7',
    });
    expect(planItem(need(), context([entry({})], off))).toMatchObject({ kind: 'use', id: '7' });
  });

  it('of ours stands on its own account, is a service, and an existing one of that name is used', () => {
    const roles = (['sale', 'shipping', 'fee', 'discount', 'rounding'] as const).map((role) =>
      planItem(roleNeed(role), context([], { settings: settings({ createMissingItems: false }) })),
    );
    expect(roles).toMatchObject([
      { accountRole: 'salesIncome', template: { Type: 'Service' } },
      { accountRole: 'shippingIncome' },
      { accountRole: 'feeIncome' },
      { accountRole: 'discounts' },
      { accountRole: 'rounding' },
    ]);
    expect(planItem(roleNeed('fee'), context([entry({ id: '3', name: 'woo fee', type: 'Service' })]))).toMatchObject({
      kind: 'use',
      id: '3',
    });
    expect(planItem(roleNeed('fee'), context([entry({ id: '3', name: 'Woo fee', type: 'Category' })]))).toMatchObject({
      nameCandidates: ['Woo fee 2', 'Woo fee 3'],
    });
  });

  it('leaves a SKU out that QuickBooks would change', () => {
    const plan = planItem(need({ sku: 'ŁÓDŹ-1' }), context());
    expect(plan).toMatchObject({ kind: 'create', template: { Type: 'NonInventory' } });
    expect(plan).not.toHaveProperty('template.Sku');
  });

  it('always has valid, different names within 100 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.boolean(), (name, isUs) => {
        const plan = planItem(need({ name }), context([], { profile: { isUs } }));
        if (plan.kind !== 'create') throw new TypeError('create');
        expect(plan.nameCandidates).toHaveLength(3);
        for (const each of plan.nameCandidates) expect(each).toMatch(/^[^:\p{Cc}]{1,100}$/u);
        expect(new Set(plan.nameCandidates.map((each) => each.toLowerCase())).size).toBe(3);
      }),
    );
  });
});
