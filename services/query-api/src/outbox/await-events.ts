import { decodeEvent, type SyncEvent } from '@tillstream/contracts';
import type { EventLog, LogRecord, Subscription } from '@tillstream/event-log';
import type { Clock } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';

/** Waits for single events on a tail of the log: decisions on runs, replies of the writer. */
export interface EventWaiter {
  /**
   * The answer to `id`, or null after `timeoutMs`, when `signal` aborts or when stopping. Register before sending what
   * causes the event.
   */
  wait(id: string, timeoutMs: number, signal?: AbortSignal): Promise<SyncEvent | null>;
  /** Calls `listener` with every event from now on; returns what ends that. */
  listen(listener: (event: SyncEvent) => void): () => void;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly lastError: Error | undefined;
}

export interface EventWaiterOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly topics: readonly string[];
  /** Whom an event answers; null = nobody. */
  readonly answers: (event: SyncEvent) => string | null;
}

export function createEventWaiter(options: EventWaiterOptions): EventWaiter {
  const { log, clock, logger, topics, answers } = options;
  const waiting = new Map<string, (event: SyncEvent | null) => void>();
  const listeners = new Set<(event: SyncEvent) => void>();
  let tail: Subscription | undefined;
  let stopped = false;

  const onRecord = (record: LogRecord): void => {
    if (waiting.size === 0 && listeners.size === 0) return;
    const event = decode(record, logger);
    if (!event) return;
    const id = answers(event);
    if (id) waiting.get(id)?.(event);
    for (const listener of listeners) listener(event);
  };

  return {
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    wait: (id, timeoutMs, signal) =>
      new Promise((resolve) => {
        if (stopped || signal?.aborted) {
          resolve(null);
          return;
        }
        const settle = (event: SyncEvent | null): void => {
          cancel();
          signal?.removeEventListener('abort', onAbort);
          waiting.delete(id);
          resolve(event);
        };
        const onAbort = (): void => settle(null);
        signal?.addEventListener('abort', onAbort, { once: true });
        const cancel = clock.setTimer(timeoutMs, () => settle(null));
        waiting.set(id, settle);
      }),
    start: async () => {
      stopped = false;
      tail ??= await log.tail({ topics, onRecord });
    },
    stop: async () => {
      stopped = true;
      for (const settle of waiting.values()) settle(null);
      await tail?.stop();
      tail = undefined;
    },
    get lastError() {
      return tail?.lastError;
    },
  };
}

/** What cannot be decoded is the consumers' business (dead letters); nobody waits for it here. */
function decode(record: LogRecord, logger: Logger): SyncEvent | null {
  try {
    return decodeEvent(record.value);
  } catch (error) {
    logger.debug({ err: error, topic: record.topic, offset: record.offset }, 'a tailed record cannot be decoded');
    return null;
  }
}
