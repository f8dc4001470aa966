import Table from 'cli-table3';
import { oneLine } from './format.js';

export interface TableText {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of figures: right-aligned. */
  readonly right?: readonly number[];
}

/** Two spaces between columns, no borders: for files, pipes and `awk`. No line has spaces at its end. */
export function plainTable({ head, rows, right = [] }: TableText): string {
  const lines = [head, ...rows].map((cells) => cells.map(oneLine));
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => widthOf(cells[column] ?? ''))));
  return lines
    .map((cells) =>
      head
        .map((_, column) => padded(cells[column] ?? '', widths[column] ?? 0, right.includes(column)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const CHARACTERS = new Intl.Segmenter();

/** Characters as a person counts them; wide ones of East Asia still count as one. */
function widthOf(text: string): number {
  return Array.from(CHARACTERS.segment(text)).length;
}

function padded(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? `${space}${text}` : `${text}${space}`;
}

/** A table for a screen `columns` wide; the last column takes what the others leave and wraps. `paint` colours a cell. */
export function screenTable(
  { head, rows, right = [] }: TableText,
  columns: number,
  paint: (cell: string) => string = (cell) => cell,
): string {
  const cells = rows.map((row) => row.map(oneLine));
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (right.includes(column) ? 'right' : 'left')),
    colWidths: [...head.slice(1).map(() => null), lastWidth(head, cells, columns)],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  table.push(...cells.map((row) => row.map(paint)));
  return table.toString();
}

const NARROWEST = 16;
/** Border and a space on either side. */
const FRAME = 3;

function lastWidth(head: readonly string[], rows: readonly (readonly string[])[], columns: number): number | null {
  const longest = head.map((title, column) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const others = longest.slice(0, -1).reduce((sum, width) => sum + width + FRAME, 1);
  const wanted = (longest.at(-1) ?? 0) + FRAME;
  return others + wanted <= columns ? null : Math.max(NARROWEST, columns - others - 1);
}
