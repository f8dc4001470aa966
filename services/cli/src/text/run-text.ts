import type { RunCounts } from '@tillstream/contracts';
import type { RunView } from '../api/views.js';
import { durationText, targetName, timeText, wordsOf } from './format.js';
import type { TableText } from './table.js';

/** Texts about runs. Pure. */

const COUNTS = [
  'discovered',
  'created',
  'updated',
  'unchanged',
  'skipped',
  'held',
  'failed',
  'pending',
] as const satisfies readonly (keyof RunCounts)[];
const FIGURES = COUNTS.map((_, index) => index + 1);

/** `Run run_1 of orders (full) completed with errors in 12 s.` */
export function runSentence(run: RunView): string {
  const { syncId, entity, mode, dryRun, status, startedAt, finishedAt } = run;
  const what = entity ?? 'several entities';
  const kind = dryRun ? `${mode}, dry run` : mode;
  const took = startedAt && finishedAt ? ` in ${durationText(Date.parse(finishedAt) - Date.parse(startedAt))}` : '';
  const state = { queued: 'is queued', running: 'is running', failed: 'failed', cancelled: 'was cancelled' };
  const words = status === 'completed' || status === 'completed_with_errors' ? wordsOf(status) : state[status];
  return `Run ${syncId} of ${what} (${kind}) ${words}${took}.`;
}

/** One row per target, columns of counts. */
export function countsTable({ perTarget, counts }: Pick<RunView, 'perTarget' | 'counts'>): TableText {
  const rows = Object.entries(perTarget).map(([target, own]) => [targetName(target), ...figures(own)]);
  return {
    head: ['target', 'found', ...COUNTS.slice(1)],
    rows: rows.length > 0 ? rows : [['all', ...figures(counts)]],
    right: FIGURES,
  };
}

function figures(counts: RunCounts | undefined): string[] {
  return COUNTS.map((name) => String(counts?.[name] ?? 0));
}

/** Newest first, as the API lists them. */
export function runsTable(runs: readonly RunView[]): TableText {
  return {
    head: ['run', 'entity', 'mode', 'status', 'requested', 'found', 'written', 'held', 'failed'],
    rows: runs.map(({ syncId, entity, mode, dryRun, status, requestedAt, counts }) => [
      syncId,
      entity ?? '-',
      dryRun ? `${mode} (dry)` : mode,
      wordsOf(status),
      timeText(requestedAt),
      ...[counts.discovered, counts.created + counts.updated, counts.held, counts.failed].map(String),
    ]),
    right: [5, 6, 7, 8],
  };
}
