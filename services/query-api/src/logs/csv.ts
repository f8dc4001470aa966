import type { LogEntry } from './schemas.js';

const COLUMNS = [
  'at',
  'level',
  'entity',
  'entityId',
  'type',
  'target',
  'code',
  'syncId',
  'message',
  'id',
] as const satisfies readonly (keyof LogEntry)[];

/** RFC 4180 with a header. Pure. */
export function logCsv(entries: readonly LogEntry[]): string {
  const rows = entries.map((entry) => COLUMNS.map((column) => cell(entry[column] ?? '')).join(','));
  return [COLUMNS.join(','), ...rows].map((row) => `${row}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula is one no more. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
