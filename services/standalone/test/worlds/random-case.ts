import fc from 'fast-check';

/** A small shop with a history, and how its owner set things up: everything a dry run may meet. */
export interface WorldCase {
  readonly seed: number;
  readonly orders: number;
  readonly planted: number;
  readonly profile: 'us' | 'global' | 'jpy';
  readonly refundsInShop: boolean;
  readonly settings: {
    readonly customers: 'withOrders' | 'all';
    readonly customerForGuests: 'perEmail' | 'single';
    readonly createMissingItems: boolean;
    readonly docNumberPrefix: string;
    readonly itemType: 'nonInventory' | 'service';
  };
  readonly target: 'all' | 'quickbooks' | 'supabase';
  readonly route: 'dataApi' | 'postgres';
  readonly mode: 'full' | 'incremental';
  /** What was brought over before, for real. */
  readonly before: readonly Entity[];
  /** What happened in the shop since then. */
  readonly changes: readonly Change[];
}

export type Entity = 'products' | 'customers' | 'orders';

export interface Change {
  readonly kind:
    | 'newOrder'
    | 'cancelOrder'
    | 'completeOrder'
    | 'noteOrder'
    | 'payOrder'
    | 'trashOrder'
    | 'refundOrder'
    | 'editCustomer'
    | 'deleteCustomer'
    | 'editProduct'
    | 'trashProduct';
  /** Which one, as a part of the list. */
  readonly pick: number;
}

const ENTITIES: readonly Entity[] = ['products', 'customers', 'orders'];

export const worldCases: fc.Arbitrary<WorldCase> = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  orders: fc.integer({ min: 2, max: 7 }),
  planted: fc.integer({ min: 0, max: 2 }),
  profile: fc.constantFrom('us', 'us', 'global', 'jpy'),
  refundsInShop: fc.boolean(),
  settings: fc.record({
    customers: fc.constantFrom('withOrders', 'all'),
    customerForGuests: fc.constantFrom('perEmail', 'perEmail', 'single'),
    createMissingItems: fc.constantFrom(true, true, true, false),
    docNumberPrefix: fc.constantFrom('', '', 'W-'),
    itemType: fc.constantFrom('nonInventory', 'service'),
  }),
  target: fc.constantFrom('all', 'all', 'quickbooks', 'supabase'),
  route: fc.constantFrom('dataApi', 'postgres'),
  mode: fc.constantFrom('full', 'full', 'incremental'),
  before: fc.subarray([...ENTITIES]),
  changes: fc.array(
    fc.record({
      kind: fc.constantFrom(
        'newOrder',
        'newOrder',
        'cancelOrder',
        'completeOrder',
        'noteOrder',
        'payOrder',
        'trashOrder',
        'refundOrder',
        'editCustomer',
        'deleteCustomer',
        'editProduct',
        'trashProduct',
      ),
      pick: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
    { maxLength: 4 },
  ),
});

/** The same number gives the same world, so that a failure can be repeated by its number. */
export function worldCase(number: number): WorldCase {
  const [one] = fc.sample(worldCases, { seed: number, numRuns: 1 });
  return one as WorldCase;
}
