import { CRASH_POINTS, type CrashPoint, type CrashPoints, PermanentError } from '@tillstream/kernel';

/** Where a child kills itself: at the `nth` time it comes by that point. Travels in the child's environment as JSON. */
export interface CrashSpec {
  readonly point: CrashPoint;
  readonly nth: number;
}

export const CRASH_VARIABLE = 'CRASH_AT';

export function readCrashSpec(text: string | undefined): CrashSpec | undefined {
  if (text === undefined || text === '') return undefined;
  const [name, nth] = text.split('#');
  const point = CRASH_POINTS.find((known) => known === name);
  if (point === undefined) throw new PermanentError('crash_point_unknown', `no crash point ${name}`);
  return { point, nth: Number(nth ?? 1) };
}

export function printCrashSpec({ point, nth }: CrashSpec): string {
  return `${point}#${nth}`;
}

/** Kills this very process with SIGKILL, synchronously: nothing after the point runs, no handler, no flush. */
export class SelfDestruction implements CrashPoints {
  #seen = 0;

  constructor(private readonly spec: CrashSpec | undefined) {}

  hit(point: CrashPoint): void {
    if (point !== this.spec?.point) return;
    this.#seen += 1;
    if (this.#seen === this.spec.nth) process.kill(process.pid, 'SIGKILL');
  }
}
