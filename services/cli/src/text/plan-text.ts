import type { PlanLine } from '../api/views.js';
import { amountText, targetName } from './format.js';
import { recordText } from './failure-text.js';
import type { TableText } from './table.js';

/** Texts about the plan of a dry run. Pure. */

const ACTION_ORDER = ['create', 'update', 'hold', 'skip', 'none'];

/** Records and requests per target and action. */
export function planSummary(lines: readonly PlanLine[]): TableText {
  const groups = Map.groupBy(lines, ({ target, action }) => `${target} ${action}`);
  const rows = [...groups.values()]
    .flatMap((group) => group.slice(0, 1).map((first) => ({ ...first, records: group.length, calls: callsOf(group) })))
    .toSorted(
      (a, b) => a.target.localeCompare(b.target) || ACTION_ORDER.indexOf(a.action) - ACTION_ORDER.indexOf(b.action),
    );
  return {
    head: ['target', 'action', 'records', 'writing requests'],
    rows: rows.map(({ target, action, records, calls }) => [
      targetName(target),
      action,
      String(records),
      String(calls),
    ]),
    right: [2, 3],
  };
}

function callsOf(lines: readonly PlanLine[]): number {
  return lines.reduce((sum, { predictedCalls }) => sum + predictedCalls, 0);
}

/** What would happen record by record; records that would stay as they are are left out. */
export function planTable(lines: readonly PlanLine[]): TableText {
  return {
    head: ['record', 'target', 'action', 'total', 'requests', 'what'],
    rows: lines
      .filter(({ action }) => action !== 'none')
      .map((line) => [
        recordText(line.entity, line.entityId, line.sourceNumber),
        line.target,
        line.action,
        line.predictedTotal ? amountText(line.predictedTotal) : '-',
        String(line.predictedCalls),
        whatText(line),
      ]),
    right: [3, 4],
  };
}

/** The reason, or the fields that would change; a new record has no "from", so only its name is told. */
function whatText({ action, reason, message, diff }: PlanLine): string {
  if (reason !== null) return message === null ? reason : `${reason}: ${message}`;
  if (action !== 'update') return '';
  return diff.map(({ field, from, to }) => `${field}: ${from ?? 'nothing'} -> ${to ?? 'nothing'}`).join('; ');
}
