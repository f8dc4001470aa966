import { isDeepStrictEqual } from 'node:util';

/**
 * The independent comparison of shop and Supabase: what the shop's API serves against what lies in the tables, read
 * from both sides' own books. It reads neither Tillstream's state nor its word.
 */
export interface MirrorTable {
  readonly name: string;
  /** Raw JSON as the shop serves it, by id: what should be there. */
  readonly expected: ReadonlyMap<string, unknown>;
  readonly rows: readonly MirrorRow[];
}

export interface MirrorRow {
  readonly id: string;
  readonly raw: unknown;
  readonly deleted: boolean;
  /** Typed columns that must say what `raw` says, with the text of `raw` they stand for. */
  readonly amounts: readonly AmountColumn[];
}

export interface AmountColumn {
  readonly column: string;
  readonly minor: number | null;
  readonly expectedMinor: number | null;
}

/** A change of a row as the database itself noted it. */
export interface RowChange {
  readonly table: string;
  readonly id: string;
  readonly oldVersion: bigint;
  readonly newVersion: bigint;
}

export type MirrorProblemKind =
  | 'row_missing'
  | 'row_extra'
  | 'row_twice'
  | 'raw_differs'
  | 'amount_differs'
  | 'went_back';

export interface MirrorProblem {
  readonly kind: MirrorProblemKind;
  readonly table: string;
  readonly id: string;
  readonly detail: string;
}

export interface MirrorReport {
  /** Rows that stand for a record of the shop, by table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly problems: readonly MirrorProblem[];
}

export function auditMirror(tables: readonly MirrorTable[], changes: readonly RowChange[]): MirrorReport {
  const problems = tables.flatMap(checkTable);
  for (const { table, id, oldVersion, newVersion } of changes) {
    if (newVersion < oldVersion)
      problems.push({ kind: 'went_back', table, id, detail: `version ${newVersion} over ${oldVersion}` });
  }
  const rows = tables.map(({ name, rows: all }) => [name, all.filter(({ deleted }) => !deleted).length] as const);
  return { rows: Object.fromEntries(rows), problems };
}

function checkTable({ name, expected, rows }: MirrorTable): MirrorProblem[] {
  const problems: MirrorProblem[] = [];
  const report = (kind: MirrorProblemKind, id: string, detail: string) =>
    problems.push({ kind, table: name, id, detail });
  const found = new Map<string, MirrorRow>();
  for (const row of rows) {
    if (found.has(row.id)) report('row_twice', row.id, 'two rows with one id');
    found.set(row.id, row);
  }
  for (const [id, raw] of expected) {
    const row = found.get(id);
    if (row === undefined || row.deleted) report('row_missing', id, row ? 'marked as deleted' : 'no row');
    else checkRow(row, raw, (kind, detail) => report(kind, id, detail));
  }
  for (const { id, deleted } of rows) if (!deleted && !expected.has(id)) report('row_extra', id, 'not in the shop');
  return problems;
}

function checkRow(row: MirrorRow, raw: unknown, report: (kind: MirrorProblemKind, detail: string) => void): void {
  if (!isDeepStrictEqual(row.raw, raw)) report('raw_differs', differingKeys(row.raw, raw).join(', '));
  for (const { column, minor, expectedMinor } of row.amounts) {
    if (minor !== expectedMinor) report('amount_differs', `${column} is ${minor}, the shop says ${expectedMinor}`);
  }
}

/** Top-level names whose values differ; enough to look. */
function differingKeys(a: unknown, b: unknown): string[] {
  const [left, right] = [asObject(a), asObject(b)];
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].filter((name) => !isDeepStrictEqual(left[name], right[name]));
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { value };
}
