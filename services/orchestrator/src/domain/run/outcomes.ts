import type { Outcome, RunCounts, Target } from '@tillstream/contracts';

/** What a run knows of one record in one target: its outcome, still pending, or not one of its records at all. */
export type Mark = Outcome | 'pending' | 'not_counted';

/** One character per ordinal and target; stored state. A character other than `.` never changes again (D6). */
const CODES: Readonly<Record<Mark, string>> = {
  pending: '.',
  created: 'c',
  updated: 'u',
  unchanged: '=',
  skipped: 's',
  failed: 'f',
  held: 'h',
  not_counted: '-',
};
const MARKS = new Map(Object.entries(CODES).map(([mark, code]) => [code, mark as Mark]));

/** Worst first: a record counts once at the top level, by its worst state (contract section 5). */
const WORST_FIRST: readonly Exclude<Mark, 'not_counted'>[] = [
  'failed',
  'held',
  'pending',
  'skipped',
  'created',
  'updated',
  'unchanged',
];

export type Outcomes = Readonly<Partial<Record<Target, string>>>;

export const codeOf = (mark: Mark): string => CODES[mark];

export function markAt(outcomes: Outcomes, target: Target, ordinal: number): Mark | null {
  return MARKS.get(outcomes[target]?.[ordinal] ?? '') ?? null;
}

/** `marks` of new ordinals at the end. */
export function extended(text: string | undefined, marks: readonly Mark[]): string {
  return (text ?? '') + marks.map(codeOf).join('');
}

/** Sets pending ordinals; one that has its outcome keeps it. */
export function withMarks(text: string, marks: readonly { readonly ordinal: number; readonly mark: Mark }[]): string {
  const codes = text.split('');
  for (const { ordinal, mark } of marks) if (codes[ordinal] === CODES.pending) codes[ordinal] = codeOf(mark);
  return codes.join('');
}

export function isComplete(outcomes: Outcomes): boolean {
  return Object.values(outcomes).every((text) => !text.includes(CODES.pending));
}

/** Records without an outcome in at least one target. */
export function pendingCount(outcomes: Outcomes): number {
  return countMarks(outcomes).pending;
}

/** Character codes, worst first; `-` is none of them. */
const WORST_CODES = WORST_FIRST.map((mark) => CODES[mark].charCodeAt(0));

/** Counts of one target: every record of the target once. */
export function countTarget(text: string): RunCounts {
  return countWorst([text]);
}

/** Counts over all targets: every record once, by its worst state; those that are no records of the run left out. */
export function countMarks(outcomes: Outcomes): RunCounts {
  return countWorst(Object.values(outcomes));
}

/** Runs with every batch over every record of a run: no allocation per record. */
function countWorst(texts: readonly string[]): RunCounts {
  const found = WORST_FIRST.map(() => 0);
  const length = Math.max(0, ...texts.map((text) => text.length));
  for (let ordinal = 0; ordinal < length; ordinal++) {
    const worst = worstAt(texts, ordinal);
    if (worst >= 0) found[worst] = (found[worst] ?? 0) + 1;
  }
  const [failed = 0, held = 0, pending = 0, skipped = 0, created = 0, updated = 0, unchanged = 0] = found;
  const discovered = failed + held + pending + skipped + created + updated + unchanged;
  return { discovered, created, updated, unchanged, skipped, failed, held, pending };
}

/** Index in WORST_FIRST, -1 = no record of the run. */
function worstAt(texts: readonly string[], ordinal: number): number {
  let worst = -1;
  for (const text of texts) {
    const rank = WORST_CODES.indexOf(text.charCodeAt(ordinal));
    if (rank >= 0 && (worst < 0 || rank < worst)) worst = rank;
  }
  return worst;
}
