import type { EventLog } from '@tillstream/event-log';
import { asError } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { backoffMs } from './backoff.js';
import { type KafkaEventLogOptions, openKafkaEventLog } from './open.js';

/** Also after wrong credentials or a missing topic: both are put right from outside, and a restart loop helps nobody. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * Tries until it opens or `signal` aborts (rejects with its reason), telling each failure through `onFailure` (for
 * readiness) and the logger; pauses 100 ms doubling to 30 s.
 */
export async function openKafkaEventLogPatiently(
  options: KafkaEventLogOptions,
  { signal, onFailure }: { readonly signal: AbortSignal; readonly onFailure?: (error: Error) => void },
): Promise<EventLog> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await openKafkaEventLog(options);
    } catch (thrown) {
      const error = asError(thrown);
      const { logger = SILENT_LOGGER } = options;
      logger.error({ attempt, error: error.message }, 'the event log on Kafka cannot be opened, trying again');
      onFailure?.(error);
      await options.clock.sleep(backoffMs(attempt, LONGEST_PAUSE_MS), signal);
    }
  }
}
