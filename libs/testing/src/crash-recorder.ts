import { type CrashPoint, type CrashPoints, InvariantError } from '@tillstream/kernel';

/** What a `CrashRecorder` throws at its planned point: stands for the process dying there. */
export class PlannedCrash extends InvariantError {
  constructor(point: CrashPoint) {
    super('planned_crash', `planned crash at ${point}`);
  }
}

/** Remembers which crash points were passed, and throws at a planned one. */
export class CrashRecorder implements CrashPoints {
  readonly hits: CrashPoint[] = [];
  #plan: { point: CrashPoint; remaining: number } | undefined;

  hit(point: CrashPoint): void {
    this.hits.push(point);
    if (this.#plan?.point !== point) return;
    this.#plan.remaining -= 1;
    if (this.#plan.remaining > 0) return;
    this.#plan = undefined;
    throw new PlannedCrash(point);
  }

  /** Throws at the `occurrence`-th hit of `point` from now on, once. */
  crashAt(point: CrashPoint, occurrence = 1): void {
    this.#plan = { point, remaining: occurrence };
  }
}

/** Kills its own process with SIGKILL at the `occurrence`-th hit: for child processes of crash specs. */
export function killAt(point: string, occurrence = 1): CrashPoints {
  let remaining = occurrence;
  return {
    hit: (name) => {
      if (name !== point) return;
      remaining -= 1;
      if (remaining === 0) process.kill(process.pid, 'SIGKILL');
    },
  };
}
