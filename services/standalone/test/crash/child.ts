// The product in a process of its own that can be killed: the same composition root as `npm start`, with the clock
// of the sandboxes and, when asked for, a point at which it kills itself.
import { loadConfig } from '@tillstream/config';
import { SystemClock } from '@tillstream/kernel';
import { runUntilSignal } from '../../src/run.js';
import { CRASH_VARIABLE, readCrashSpec, SelfDestruction } from './crash-spec.js';

const [factor = '1', origin = String(Date.now()), requestDeadlineMs = '120000', settleMarginMs = '10000'] =
  process.argv.slice(2);
await runUntilSignal({
  config: loadConfig(process.env),
  clock: new SystemClock(Number(factor), Number(origin)),
  crash: new SelfDestruction(readCrashSpec(process.env[CRASH_VARIABLE])),
  quickbooks: { requestDeadlineMs: Number(requestDeadlineMs), settleMarginMs: Number(settleMarginMs) },
});
