import type { RelatedRecords } from '@tillstream/contracts';
import { TillstreamError } from '@tillstream/kernel';
import type { Parent } from './domain/position.js';
import { productParams, type RawRecord } from './domain/read-plan.js';
import {
  completedOrDamaged,
  createRecordReader,
  gently,
  type ReadRecord,
  type RecordReader,
  type RecordReaderOptions,
  type ShopLists,
  toRecord,
} from './record-reader.js';
import { orMissing } from './woo-client.js';

const PRODUCTS = '/wc/v3/products';
type Signal = AbortSignal | undefined;

/**
 * Products with their variations. A variation is in no list but its parent's; it is read right after the page that shows
 * its parent. An edit of a variation moves its parent [seen on WooCommerce 10.0.2], so an incremental pass meets it; a full
 * pass reads the variations of every parent.
 */
export function createProductReader(options: RecordReaderOptions): RecordReader {
  let currency: string | undefined;
  const inCurrency = async (shop: ShopLists, signal: Signal): Promise<RelatedRecords> => {
    currency ??= await readCurrency(shop, signal);
    return currency === '' ? {} : { currency };
  };
  return createRecordReader(options, {
    path: PRODUCTS,
    lists: ({ trash }) => (trash === true ? ['any', 'trash'] : ['any']),
    params: productParams,
    newest: { status: 'any' },
    byId: [{ status: 'any' }, { status: 'trash' }],
    isIgnored: ({ status }) => status === 'auto-draft',
    parents: (rows) => rows.filter(hasVariations).map(toParent),
    complete: async (rows, shop, signal) => {
      if (rows.length === 0) return [];
      const shared = await inCurrency(shop, signal);
      return gently(rows, (raw) => completedOrDamaged(raw, shop, () => completed(raw, shared, shop, signal)));
    },
    variations: async (parents, shop, signal) => {
      const shared = await inCurrency(shop, signal);
      return (await gently(parents, (parent) => variationsOf(parent, shared, shop, signal))).flat();
    },
  });
}

const hasVariations = ({ variations, type }: RawRecord): boolean =>
  Array.isArray(variations) && (variations.length > 0 || type === 'variable');

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

function toParent({ id, name, sku, status }: RawRecord): Parent {
  return { id: textOf(id), name: textOf(name), sku: textOf(sku), trashed: status === 'trash' };
}

async function variationsOf(parent: Parent, shared: RelatedRecords, shop: ShopLists, signal: Signal) {
  const status = parent.trashed ? 'trash' : 'any';
  const rows = await shop.whole(`${PRODUCTS}/${parent.id}/variations`, { status }, signal);
  return rows.map((raw) => toRecord(raw, { ...relatedTo(parent), ...shared }));
}

const relatedTo = ({ id, name, sku }: Parent): RelatedRecords => ({ parent: { id, name, sku } });

/** A variation asked for by its id looks otherwise than below its parent: it is always taken from there. */
async function completed(raw: RawRecord, shared: RelatedRecords, shop: ShopLists, signal: Signal): Promise<ReadRecord> {
  const { id, parent_id: parentId, type } = raw;
  if (type !== 'variation' || typeof parentId !== 'number' || parentId <= 0) return toRecord(raw, shared);
  const read = (path: string) => orMissing(shop.client.get(path, { signal }).then(({ body }) => body as RawRecord));
  const parent = await read(`${PRODUCTS}/${parentId}`);
  const own = await read(`${PRODUCTS}/${parentId}/variations/${textOf(id)}`);
  const known = parent === undefined ? { id: String(parentId), name: '', sku: '', trashed: false } : toParent(parent);
  return toRecord(own ?? raw, { ...relatedTo(known), ...shared });
}

/** "" when the key may not read it: prices then have no currency and are left out. */
async function readCurrency({ client }: ShopLists, signal: Signal): Promise<string> {
  try {
    const { body } = await client.get('/wc/v3/data/currencies/current', { signal });
    const code = typeof body === 'object' && body !== null && 'code' in body ? textOf(body.code) : '';
    return /^[A-Z]{3}$/.test(code) ? code : '';
  } catch (error) {
    if (error instanceof TillstreamError && error.family !== 'transient') return '';
    throw error;
  }
}
