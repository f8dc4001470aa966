import type { RelatedRecords } from '@tillstream/contracts';
import { itemsOf } from './domain/lenient.js';
import type { Entry } from './domain/entry.js';
import { isDraft, isInScan, orderParams, type RawRecord, type ReadPlan, wantedIds } from './domain/read-plan.js';
import {
  completedOrDamaged,
  createRecordReader,
  gently,
  type ReadRecord,
  type RecordKind,
  type RecordReader,
  type RecordReaderOptions,
  type ShopLists,
  toRecord,
} from './record-reader.js';

const ORDERS = '/wc/v3/orders';

const KIND: RecordKind = {
  path: ORDERS,
  // The trash is in no other list. A new refund moves its order, but not under every storage: an incremental pass asks.
  lists: ({ trash, modifiedAfter }) => [
    'any',
    ...(trash === true ? (['trash'] as const) : []),
    ...(modifiedAfter === null ? [] : (['refunds'] as const)),
  ],
  pathOf: (list) => (list === 'refunds' ? '/wc/v3/refunds' : ORDERS),
  params: orderParams,
  newest: { status: 'any' },
  byId: [{ status: 'any' }, { status: 'trash' }],
  isIgnored: isDraft,
  complete: async (rows, shop, signal) => {
    const parents = await parentsOf(rows, shop, signal);
    return gently(rows, (raw) => withRefunds(raw, parents, shop, signal));
  },
  owners: readOwners,
};

/** Orders with their refunds. */
export function createOrderReader(options: RecordReaderOptions): RecordReader {
  return createRecordReader(options, KIND);
}

type Parents = ReadonlyMap<string, Pick<RelatedRecords, 'parentOrder'>>;

/** Marketplaces and deposit plugins make orders that belong to another one: what that says decides what they are (B17). */
async function parentsOf(
  rows: readonly RawRecord[],
  shop: ShopLists,
  signal: AbortSignal | undefined,
): Promise<Parents> {
  const { known } = wantedIds(rows.flatMap(({ parent_id: id }) => (id ? [String(id as string | number)] : [])));
  if (known.length === 0) return new Map();
  const entries = await shop.byIds(known, signal);
  return new Map(entries.map(({ id, raw }) => [String(id), { parentOrder: raw ?? null }]));
}

/** The list in an order names its refunds; what they are about stands at an address of its own. */
async function withRefunds(
  raw: RawRecord,
  parents: Parents,
  shop: ShopLists,
  signal: AbortSignal | undefined,
): Promise<ReadRecord> {
  const parent = parents.get(String(raw.parent_id));
  const refunds = itemsOf(raw.refunds);
  if (refunds === undefined || refunds.length === 0) return toRecord(raw, parent);
  return completedOrDamaged(raw, shop, async () =>
    toRecord(raw, { ...parent, refunds: await shop.whole(`${ORDERS}/${String(raw.id)}/refunds`, {}, signal) }),
  );
}

async function readOwners(
  refunds: readonly RawRecord[],
  plan: ReadPlan,
  shop: ShopLists,
  signal: AbortSignal | undefined,
): Promise<Entry[]> {
  const { known } = wantedIds(refunds.map((refund) => String(refund.parent_id)));
  const orders = await shop.byIds(known, signal);
  return orders.filter(({ raw }) => raw === undefined || !isInScan(raw, plan));
}
