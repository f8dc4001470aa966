import { SystemClock } from '@tillstream/kernel';

/** One clock for service and shop, fast enough that backoffs do not slow the suite down. */
export const testClock = new SystemClock(50);
