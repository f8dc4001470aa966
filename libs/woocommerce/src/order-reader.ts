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
  complete: (rows, shop, signal) => gently(rows, (raw) => withRefunds(raw, shop, signal)),
  owners: readOwners,
};

/** Orders with their refunds. */
export function createOrderReader(options: RecordReaderOptions): RecordReader {
  return createRecordReader(options, KIND);
}

/** The list in an order names its refunds; what they are about stands at an address of its own. */
async function withRefunds(raw: RawRecord, shop: ShopLists, signal: AbortSignal | undefined): Promise<ReadRecord> {
  const refunds = itemsOf(raw.refunds);
  if (refunds === undefined || refunds.length === 0) return toRecord(raw);
  return completedOrDamaged(raw, shop, async () =>
    toRecord(raw, { refunds: await shop.whole(`${ORDERS}/${String(raw.id)}/refunds`, {}, signal) }),
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
