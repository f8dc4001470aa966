import type { Entity, RelatedRecords } from '@tillstream/contracts';
import type { RecordTable } from '../schema/index.js';
import { type Row, source } from './fields.js';
import { lineRows, orderRow, refundRows, refundsOf } from './order-row.js';
import { customerRow, productRow, variationRow } from './other-rows.js';

/** A piece of work for Supabase, as the log brings it. */
export interface MirroredRecord {
  readonly tenantId: string;
  readonly entity: Entity;
  /** `woo:1042`. */
  readonly sourceId: string;
  readonly sourceVersion: number;
  readonly contentHash: string;
  readonly deleted: boolean;
  /** null = gone from the source. */
  readonly raw: unknown;
  readonly related?: RelatedRecords | undefined;
}

/** An element of the batch that `<prefix>apply` takes, for one table, apart from its place in the batch. */
export interface TableRecord {
  readonly table: RecordTable;
  readonly record: Readonly<Record<string, unknown>>;
  /** The typed columns; null for a deletion whose record is gone. */
  readonly row: Row | null;
}

/**
 * The rows of a record; more than one element only for a product that is gone, which may have been a variation.
 * `raw` stands in them untouched.
 */
export function tableRecords(given: MirroredRecord): readonly TableRecord[] {
  const head = keyAndVersion(given);
  if (given.raw === null || given.raw === undefined) {
    return tablesOf(given).map((table) => ({ table, record: { ...head, raw: null }, row: null }));
  }
  const raw = source(given.raw);
  const table = tableOf(given);
  if (table === 'orders') {
    const refunds = refundsOf(raw, given.related?.refunds);
    const row = orderRow(raw, refunds);
    const lines = lineRows(raw, head.id);
    return [
      { table, row, record: { ...head, ...row, raw: given.raw, lines, refunds: refundRows(raw, refunds, head.id) } },
    ];
  }
  const row = ROWS[table](raw, given.related);
  return [{ table, row, record: { ...head, ...row, raw: given.raw } }];
}

const ROWS = { customers: customerRow, products: productRow, product_variations: variationRow } as const;

/** The table of a record that is there. */
export function tableOf({ entity, raw, related }: Pick<MirroredRecord, 'entity' | 'raw' | 'related'>): RecordTable {
  if (entity !== 'products') return entity;
  return related?.parent !== undefined || source(raw)['type'] === 'variation' ? 'product_variations' : 'products';
}

function tablesOf(given: MirroredRecord): readonly RecordTable[] {
  const table = tableOf(given);
  return table === 'products' ? ['products', 'product_variations'] : [table];
}

export function keyOf({ tenantId, sourceId }: Pick<MirroredRecord, 'tenantId' | 'sourceId'>) {
  const cut = sourceId.indexOf(':');
  return { tenant: tenantId, source: sourceId.slice(0, Math.max(0, cut)), id: sourceId.slice(cut + 1) };
}

function keyAndVersion(given: MirroredRecord) {
  return {
    ...keyOf(given),
    source_version: given.sourceVersion,
    content_hash: given.contentHash,
    deleted: given.deleted,
  };
}

const SUSPECT = /\\u(?:0000|d[89a-f])/i;

/**
 * Can PostgreSQL store it? Its jsonb knows neither the zero character nor half of a surrogate pair, and one such text
 * would make the whole batch unreadable. `json` is the record as JSON.
 */
export function isStorable(json: string): boolean {
  if (!SUSPECT.test(json)) return true;
  return isClean(JSON.parse(json));
}

function isClean(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => isClean(name) && isClean(member));
}
