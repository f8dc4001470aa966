import type { Entity } from '@tillstream/contracts';
import {
  type AppliedRecord,
  type BatchItem,
  mergeApplied,
  type MirroredRecord,
  type SupabaseRoute,
  tableRecords,
} from '../src/index.js';

/** An order as the shop gives it; two lines, one of them shipping. */
export function rawOrder(id: number, fields: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    number: String(id),
    status: 'processing',
    currency: 'USD',
    customer_id: 7,
    total: '44.28',
    total_tax: '3.28',
    date_created_gmt: '2026-11-23T05:15:04',
    date_paid_gmt: null,
    billing: { first_name: 'Ann', last_name: 'Lee', email: 'ann@example.com', country: 'US' },
    line_items: [
      {
        id: id * 10,
        name: 'Mug',
        product_id: 88,
        variation_id: 0,
        quantity: 2,
        sku: 'MUG',
        subtotal: '40.00',
        total: '36.00',
        total_tax: '2.88',
      },
    ],
    shipping_lines: [{ id: id * 10 + 1, method_title: 'Flat rate', total: '5.00', total_tax: '0.40' }],
    refunds: [],
    ...fields,
  };
}

export interface Change extends Partial<MirroredRecord> {
  readonly id?: number;
  readonly version?: number;
}

export function record({ id = 1, version = 1, ...change }: Change = {}): MirroredRecord {
  const entity: Entity = change.entity ?? 'orders';
  return {
    tenantId: 'default',
    entity,
    sourceId: `woo:${id}`,
    sourceVersion: version,
    contentHash: `h${version}`,
    deleted: false,
    raw: rawOrder(id),
    ...change,
  };
}

export function itemsOf(records: readonly MirroredRecord[]): BatchItem[] {
  return records.flatMap((each, index) =>
    tableRecords(each).map(({ table, record: columns }) => ({ table, index, json: JSON.stringify(columns) })),
  );
}

/** Outcomes in the order of the records. */
export async function applyAll(
  route: SupabaseRoute,
  records: readonly MirroredRecord[],
): Promise<readonly AppliedRecord[]> {
  const merged = mergeApplied(await route.apply(itemsOf(records)));
  return records.map((_, index) => merged.get(index) ?? { index, outcome: 'failed', message: 'no answer' });
}
