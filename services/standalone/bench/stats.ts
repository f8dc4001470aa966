/** Middle of the sorted values; the mean of the two middle ones for an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly goal: string;
  readonly met: boolean;
  /** How it came about: rounds, sizes, absolute rates. */
  readonly detail: string;
}

export function figure(
  name: string,
  value: number,
  digits: number,
  goal: string,
  met: boolean,
  detail: string,
): Figure {
  return { name, value: value.toFixed(digits), goal, met, detail };
}
