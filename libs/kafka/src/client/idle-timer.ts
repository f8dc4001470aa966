import { createRequire } from 'node:module';
import { InvariantError } from '@tillstream/kernel';

interface RequestQueuePrototype {
  scheduleCheckPendingRequests: ((this: { readonly pending: readonly unknown[] }) => void) & { onlyPending?: true };
}

/**
 * kafkajs 2.2.4 sets a timer for its waiting requests also when none waits: after the first request of a process it
 * fires every millisecond for ever (3 % of a core) and warns of a negative time. Here it is set only when something
 * waits. Idempotent. Throws `kafkajs_changed` when the method is not where 2.2.4 has it: then look at the new version.
 */
export function fixIdleTimer(): void {
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueuePrototype };
  const schedule = prototype.scheduleCheckPendingRequests;
  if (typeof schedule !== 'function') {
    throw new InvariantError('kafkajs_changed', 'kafkajs is not 2.2.4: the work-around of its idle timer has no place');
  }
  if (schedule.onlyPending) return;
  const whenPending = Object.assign(
    function scheduleWhenPending(this: { readonly pending: readonly unknown[] }) {
      if (this.pending.length > 0) schedule.call(this);
    },
    { onlyPending: true as const },
  );
  prototype.scheduleCheckPendingRequests = whenPending;
}
