import { EventEmitter } from 'node:events';
import { type Clock, TillstreamError, TransientError } from '@tillstream/kernel';
import CircuitBreaker from 'opossum';

export type BreakerState = 'closed' | 'open' | 'halfOpen';

export interface BreakerOptions {
  /** `<tenant>:<remote>`: breakers are per tenant and remote (D16). */
  readonly name: string;
  readonly clock: Clock;
  /** Does this error speak against the remote's health? Default: `isOutage`. */
  readonly countsAsFailure?: (error: unknown) => boolean;
  readonly onStateChange?: (state: BreakerState, name: string) => void;
  /** Opens above this share of failures within the window, default 50 %, … */
  readonly failurePercentage?: number;
  /** … once at least this many calls were made in it, default 10. */
  readonly minimumCalls?: number;
  /** Milliseconds, default 30 s. */
  readonly windowMs?: number;
  /** Milliseconds from opening to the one trial call, default 30 s. */
  readonly resetMs?: number;
}

export interface Breaker {
  readonly state: BreakerState;
  /**
   * Runs the call unless the breaker is open. It never cuts a running call short: the deadline is the HTTP client's,
   * and a call that runs on behind a rejection would lie about the outcome (D16).
   * @throws TransientError `breaker_open` when the call was not made, with `retryAfterMs`.
   */
  run<T>(call: () => Promise<T>): Promise<T>;
}

/** Transient failures, but neither throttling (429) nor a call that we gave up ourselves. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof TillstreamError) || error.family !== 'transient') return false;
  return error.detail.httpStatus !== 429 && error.detail.reason !== 'aborted' && error.detail.reason !== 'closed';
}

const BUCKETS = 10;
const NEVER_MS = 2_147_483_647;
/** Others wait this long while the trial call runs. */
const TRIAL_MS = 1_000;

type Circuit = CircuitBreaker<[() => Promise<unknown>], unknown>;

/**
 * opossum on our clock. opossum counts wall time only; here its window is rotated and its trial state entered by the
 * first call after the clock says so, which needs no timer and works on a scaled or manual clock.
 */
export function createBreaker(options: BreakerOptions): Breaker {
  const { clock, name, resetMs = 30_000 } = options;
  const rotation = new BucketRotation(clock, (options.windowMs ?? 30_000) / BUCKETS);
  let openedAt = 0;
  let state: BreakerState = 'closed';
  let circuit = newCircuit('closed');

  function newCircuit(initial: 'closed' | 'halfOpen'): Circuit {
    const made: Circuit = new CircuitBreaker((call: () => Promise<unknown>) => call(), {
      ...circuitOptions(options, rotation.events),
      ...(initial === 'halfOpen' && { state: { enabled: true, closed: false, halfOpen: true } }),
    });
    made.on('open', () => {
      openedAt = clock.monotonic();
      enter('open');
    });
    made.on('close', () => enter('closed'));
    return made;
  }

  function enter(next: BreakerState): void {
    state = next;
    options.onStateChange?.(next, name);
  }

  function followClock(): void {
    rotation.catchUp();
    if (state !== 'open' || clock.monotonic() - openedAt < resetMs) return;
    circuit.shutdown();
    circuit = newCircuit('halfOpen');
    enter('halfOpen');
  }

  return {
    get state() {
      return state;
    },
    async run<T>(call: () => Promise<T>): Promise<T> {
      followClock();
      try {
        return (await circuit.fire(async () => call())) as T;
      } catch (error) {
        if (!(error instanceof Error) || !CircuitBreaker.isOurError(error)) throw error;
        const waitMs = state === 'open' ? Math.max(0, openedAt + resetMs - clock.monotonic()) : TRIAL_MS;
        throw new TransientError('breaker_open', `${name} failed repeatedly; calls are held back for a while`, {
          retryAfterMs: waitMs,
          detail: { breaker: name },
        });
      }
    },
  };
}

function circuitOptions(options: BreakerOptions, rotateBucketController: EventEmitter) {
  const { countsAsFailure = isOutage } = options;
  return {
    name: options.name,
    timeout: false as const,
    resetTimeout: NEVER_MS,
    errorThresholdPercentage: options.failurePercentage ?? 50,
    volumeThreshold: options.minimumCalls ?? 10,
    rollingCountTimeout: options.windowMs ?? 30_000,
    rollingCountBuckets: BUCKETS,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    errorFilter: (error: unknown) => !countsAsFailure(error),
    rotateBucketController,
  };
}

/** Turns opossum's statistic buckets by our clock: as many steps as have passed since the last call. */
class BucketRotation {
  readonly events = new EventEmitter();
  #turnedAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly bucketMs: number,
  ) {
    this.#turnedAt = clock.monotonic();
  }

  catchUp(): void {
    const steps = Math.floor((this.clock.monotonic() - this.#turnedAt) / this.bucketMs);
    this.#turnedAt += steps * this.bucketMs;
    for (let step = 0; step < Math.min(steps, BUCKETS); step += 1) this.events.emit('rotate');
  }
}
