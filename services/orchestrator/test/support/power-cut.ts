import type { CrashPoint, CrashPoints } from '@tillstream/kernel';
import { PlannedCrash } from '@tillstream/testing';

/**
 * Ends a service in the middle without any clean-up: from the planned crash point on, none of its calls to log and
 * store gets through any more.
 */
export class PowerCut implements CrashPoints {
  #plan: { point: CrashPoint; remaining: number } | undefined;
  #dead: CrashPoint | undefined;

  plan(point: CrashPoint, occurrence: number): void {
    this.#plan = { point, remaining: occurrence };
  }

  get happened(): boolean {
    return this.#dead !== undefined;
  }

  /** A new process has the power back. */
  restore(): void {
    this.#dead = undefined;
    this.#plan = undefined;
  }

  hit(point: CrashPoint): void {
    this.#refuseWhenDead();
    if (this.#plan?.point !== point) return;
    this.#plan.remaining -= 1;
    if (this.#plan.remaining === 0) this.#dead = point;
    this.#refuseWhenDead();
  }

  /** The port as this service sees it. */
  guard<T extends object>(port: T): T {
    const bornAlive = { cut: false };
    return new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          // Power that came back belongs to the next process.
          bornAlive.cut ||= this.happened;
          if (bornAlive.cut) return Promise.reject(new PlannedCrash(this.#dead ?? 'store.write.before'));
          return Reflect.apply(value as (...all: unknown[]) => unknown, target, args);
        };
      },
    });
  }

  #refuseWhenDead(): void {
    if (this.#dead !== undefined) throw new PlannedCrash(this.#dead);
  }
}
