import type { ErrorSample } from '@tillstream/contracts';
import type { FailureView } from '../api/views.js';
import { entityName, timeText } from './format.js';
import type { TableText } from './table.js';

/** Texts about failures. Pure. */

/** `narrow` leaves the message more room on a screen: without the time. */
export function failuresTable(failures: readonly FailureView[], narrow = false): TableText {
  return {
    head: ['failure', 'record', 'target', 'state', 'code', ...(narrow ? [] : ['last']), 'message'],
    rows: failures.map(({ id, entity, entityId, sourceNumber, target, state, code, lastFailedAt, message }) => [
      id,
      recordText(entity, entityId, sourceNumber),
      target,
      state,
      code,
      ...(narrow ? [] : [timeText(lastFailedAt)]),
      message,
    ]),
  };
}

/** `order 1042`, with the number people know when it is another one: `order 77 (number A-1042)`. */
export function recordText(entity: string, entityId: string, sourceNumber: string): string {
  const number = sourceNumber === '' || sourceNumber === entityId ? '' : ` (number ${sourceNumber})`;
  return `${entityName(entity)} ${entityId}${number}`;
}

/** What to do about each code that occurs, the most frequent first. */
export function actionLines(failures: readonly Pick<FailureView, 'code' | 'action'>[]): string[] {
  const byCode = Map.groupBy(failures, ({ code }) => code);
  return [...byCode]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([code, same]) => `  ${same.length} x ${code}: ${same[0]?.action ?? ''}`);
}

export function errorsTable(errors: readonly ErrorSample[]): TableText {
  return {
    head: ['record', 'target', 'code', 'message'],
    rows: errors.map(({ entity, entityId, target, code, message }) => [
      `${entityName(entity)} ${entityId}`,
      target,
      code,
      message,
    ]),
  };
}
