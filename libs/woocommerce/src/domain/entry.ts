import { RecordId } from './lenient.js';
import type { RawRecord } from './read-plan.js';

/** Why one record of the shop cannot be taken over although the shop itself works (D9). */
export interface Damage {
  readonly code: 'source_unreadable' | 'source_too_large';
  /** What the shop answered, as the end of a sentence; no personal data. */
  readonly message: string;
}

/**
 * A row of a list. `id` null = nobody could tell which record it is; then `name` says where it stands. `raw` is there
 * exactly when `damage` is not.
 */
export type Entry =
  | { readonly id: number; readonly raw: RawRecord; readonly name?: undefined; readonly damage?: undefined }
  | { readonly id: number | null; readonly name?: string; readonly raw?: undefined; readonly damage: Damage };

/** JSON nested deeper than this is nobody's order; reading it by recursion would cost the process its stack. */
const DEEPEST = 100;

/** A listed item as far as it can be told apart from the others. */
export function entryOf(item: unknown): Entry {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return {
      id: null,
      damage: unreadable(`the shop listed ${item === null ? 'null' : `a ${typeof item}`} in its place`),
    };
  }
  const raw = item as RawRecord;
  const read = RecordId.safeParse(raw.id);
  const id = read.success ? read.data : null;
  if (isDeeperThan(raw, DEEPEST)) return { id, damage: unreadable(`it is nested deeper than ${DEEPEST} levels`) };
  if (id !== null) return { id, raw };
  const name = typeof raw.id === 'string' ? raw.id.replace(/[^\w.-]+/g, '-').slice(0, 40) : '';
  return { id, ...(name !== '' && { name }), damage: unreadable('its id is no number') };
}

/** The members of a listed item; none when it is no object. */
export function membersOf(item: unknown): RawRecord {
  return typeof item === 'object' && item !== null && !Array.isArray(item) ? (item as RawRecord) : {};
}

export function unreadable(message: string): Damage {
  return { code: 'source_unreadable', message };
}

/** Level by level, so that no depth costs the stack. */
function isDeeperThan(value: object, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}
