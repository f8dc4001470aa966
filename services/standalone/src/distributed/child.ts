// One service in a process of its own, for tests and the demo: what its main runs, with the clock of the sandboxes, other
// tunables and, when asked for, a point at which it kills itself. Arguments: the service's name, ChildOptions as JSON.
import { PermanentError, SystemClock } from '@tillstream/kernel';
import { runService, SESSION_TIMEOUT_MS } from '@tillstream/service-host';
import { CRASH_VARIABLE, readCrashSpec, SelfDestruction } from '../supervised/crash-spec.js';
import type { ChildOptions } from './child-options.js';
import { definitionOf, SERVICES } from './roster.js';

const [, , wanted, text = '{}'] = process.argv;
const name = SERVICES.find((service) => service === wanted);
if (name === undefined) throw new PermanentError('usage', `which service? One of ${SERVICES.join(', ')}`);
const { clockFactor = 1, clockOriginMs, sessionTimeoutMs, ...tuning } = JSON.parse(text) as ChildOptions;
// Leases are measured on the service's clock, sessions on the broker's.
const leaseMs = (sessionTimeoutMs ?? SESSION_TIMEOUT_MS) * clockFactor;
const quickbooks = { sessionTimeoutMs: leaseMs, settleMarginMs: leaseMs, ...tuning.quickbooks };
await runService(definitionOf(name, { ...tuning, quickbooks }), {
  clock: new SystemClock(clockFactor, clockOriginMs),
  crash: new SelfDestruction(readCrashSpec(process.env[CRASH_VARIABLE])),
  ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
});
