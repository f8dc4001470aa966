import type { RecordTable } from '../domain/schema/index.js';

/** One element of a batch: the record as JSON object text without its `index`, so that it is serialised once. */
export interface BatchItem {
  readonly table: RecordTable;
  /** A JSON object of the columns of `<prefix>apply` (`tableRecords`). */
  readonly json: string;
  /** Position of the record in the batch; several items may share one. */
  readonly index: number;
}

export type ApplyOutcome = 'created' | 'updated' | 'unchanged' | 'outdated' | 'failed';
export interface AppliedRecord {
  readonly index: number;
  readonly outcome: ApplyOutcome;
  readonly sqlstate?: string;
  readonly message?: string;
}

export interface RowKey {
  readonly table: RecordTable;
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
}

/** A row as `<prefix>read` gives it: every value as text. */
export type CurrentRow = Readonly<Record<string, string | null>>;

export interface SchemaState {
  /** null = nothing there yet. */
  readonly version: number | null;
  readonly tables: readonly {
    readonly name: string;
    readonly rowSecurity: boolean;
    readonly writable: boolean;
    /** The public roles may read it. */
    readonly open: boolean;
  }[];
}

/** The way to a project. Every call may be repeated; failures are SupabaseFailure. */
export interface SupabaseRoute {
  readonly kind: 'postgres' | 'dataApi';
  /** One call for up to 500 records; one answer per index and table. */
  apply(items: readonly BatchItem[]): Promise<readonly AppliedRecord[]>;
  /** Current rows in the order of the keys; null = none. */
  read(keys: readonly RowKey[]): Promise<readonly (CurrentRow | null)[]>;
  /** What is there, by `<prefix>check()`. Failure `supabase_schema_missing` when that is not. */
  check(): Promise<SchemaState>;
  /** Creates or brings up to date tables and functions; null where the route cannot (Data API). */
  readonly install: (() => Promise<void>) | null;
  close(): Promise<void>;
}

/** The argument of `<prefix>apply`: `{"orders":[{"index":0,...}],...}`. */
export function batchJson(items: readonly BatchItem[]): string {
  const byTable = new Map<RecordTable, string[]>();
  for (const { table, json, index } of items) {
    const element = `{"index":${index},${json.slice(1)}`;
    const elements = byTable.get(table);
    if (elements) elements.push(element);
    else byTable.set(table, [element]);
  }
  return `{${[...byTable].map(([table, elements]) => `"${table}":[${elements.join(',')}]`).join(',')}}`;
}

const RANK: Readonly<Record<ApplyOutcome, number>> = { unchanged: 0, outdated: 1, updated: 2, created: 3, failed: 4 };

/** One outcome per index: a deletion that was asked of two tables counts where it found something. */
export function mergeApplied(applied: readonly AppliedRecord[]): ReadonlyMap<number, AppliedRecord> {
  const byIndex = new Map<number, AppliedRecord>();
  for (const each of applied) {
    const known = byIndex.get(each.index);
    if (!known || RANK[each.outcome] > RANK[known.outcome]) byIndex.set(each.index, each);
  }
  return byIndex;
}

/** `<prefix>read`'s answer in the order of the keys. */
export function inOrder(found: readonly { readonly index: number; readonly row: CurrentRow }[], size: number) {
  const byIndex = new Map(found.map(({ index, row }) => [index, row]));
  return Array.from({ length: size }, (_, index) => byIndex.get(index) ?? null);
}
