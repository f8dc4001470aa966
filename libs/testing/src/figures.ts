/** What a measured value is held against; null = measured for the record, without a goal. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number } | { readonly below: number } | null;

/** A benchmark's result, ready to be printed. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly goal: string;
  readonly met: boolean;
  /** How it came about: rounds, sizes, absolute rates. */
  readonly detail: string;
}

export interface Measured {
  readonly value: number;
  /** Decimals that the value is printed with. */
  readonly digits: number;
  readonly goal: Goal;
  readonly detail: string;
}

/** A value that is no number (a round that lost something) meets no goal. */
export function figure(name: string, { value, digits, goal, detail }: Measured): Figure {
  return { name, value: value.toFixed(digits), ...judged(value, goal), detail };
}

/** `met|MISSED <name>: <value> (goal <goal>)` and the detail, with the line end. */
export function figureText({ name, value, goal, met, detail }: Figure): string {
  return `${met ? 'met   ' : 'MISSED'} ${name}: ${value} (goal ${goal})\n       ${detail}\n`;
}

/** Middle of the sorted values; the mean of the two middle ones for an even number; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Least and greatest, `0.73-0.83`. */
export function spread(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)}`;
}

/** One quotient per round: `own[n] / base[n]`. */
export function ratios(own: readonly number[], base: readonly number[]): number[] {
  return own.map((value, round) => value / (base[round] ?? Number.NaN));
}

/** The values of all rounds, `0.73 0.75 0.83`. */
export function listed(values: readonly number[], digits: number): string {
  return values.map((value) => value.toFixed(digits)).join(' ');
}

function judged(value: number, goal: Goal): { readonly goal: string; readonly met: boolean } {
  if (goal === null) return { goal: 'none', met: !Number.isNaN(value) };
  if ('atLeast' in goal) return { goal: `>= ${goal.atLeast}`, met: value >= goal.atLeast };
  if ('atMost' in goal) return { goal: `<= ${goal.atMost}`, met: value <= goal.atMost };
  return { goal: `< ${goal.below}`, met: value < goal.below };
}
