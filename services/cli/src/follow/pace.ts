/** Progress arithmetic of a run that is watched. Pure; times are monotonic milliseconds of the watcher. */

export interface Sample {
  readonly atMs: number;
  /** Records that are final. */
  readonly done: number;
}

export interface Pace {
  /** Records per second; null = not known yet. */
  readonly perSecond: number | null;
  /** Milliseconds until `left` records are done at this pace; null = not known. */
  readonly leftMs: number | null;
}

/** Long enough to even out batches, short enough to notice a pause of the remote, milliseconds. */
const WINDOW_MS = 30_000;

/** The samples that count for the pace, the new one last; the oldest one lies at most a window back. */
export function withSample(samples: readonly Sample[], next: Sample): readonly Sample[] {
  return [...samples.filter(({ atMs }) => atMs >= next.atMs - WINDOW_MS), next];
}

export function paceOf(samples: readonly Sample[], left: number): Pace {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.atMs <= first.atMs || last.done <= first.done) return { perSecond: null, leftMs: null };
  const perSecond = ((last.done - first.done) * 1_000) / (last.atMs - first.atMs);
  return { perSecond, leftMs: (left / perSecond) * 1_000 };
}

export interface Progress {
  readonly done: number;
  readonly found: number;
}

/** A run knows how many records there are only when the shop is read: until then `found` grows. */
export function progressOf(counts: { readonly discovered: number; readonly pending: number }): Progress {
  return { done: counts.discovered - counts.pending, found: counts.discovered };
}

/** Is a line due, a tenth further than the last one? */
export function isTenthFurther(printedDone: number, { done, found }: Progress): boolean {
  return done > printedDone && done - printedDone >= found / 10;
}

/** `120 of 300 (40 %), 7.9/s, 23 s left`. */
export function progressText({ done, found }: Progress, { perSecond }: Pace, leftText: string | null): string {
  const share = found === 0 ? '' : ` (${Math.floor((done / found) * 100)} %)`;
  const rate = perSecond === null ? '' : `, ${rateText(perSecond)}`;
  return `${done} of ${found}${share}${rate}${leftText === null ? '' : `, ${leftText} left`}`;
}

export function rateText(perSecond: number): string {
  return `${perSecond >= 100 ? Math.round(perSecond) : perSecond.toFixed(1)}/s`;
}
