// The product in a process of its own that can be killed: the same composition root as `npm start`, with the clock
// of the sandboxes and, when asked for, a point at which it kills itself.
import { loadConfig } from '@tillstream/config';
import { SystemClock } from '@tillstream/kernel';
import { runUntilSignal } from '../run.js';
import { readChildOptions } from './child-options.js';
import { CRASH_VARIABLE, readCrashSpec, SelfDestruction } from './crash-spec.js';

const { clockFactor, clockOriginMs, ...parts } = readChildOptions(process.argv[2]);
await runUntilSignal({
  config: loadConfig(process.env),
  clock: new SystemClock(clockFactor, clockOriginMs),
  crash: new SelfDestruction(readCrashSpec(process.env[CRASH_VARIABLE])),
  ...parts,
});
