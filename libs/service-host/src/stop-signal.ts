import type { Logger } from '@tillstream/observability';

/** Contract section 1: exit 0 within 10 s of SIGTERM. Parts bound themselves below this; it is the last resort. */
const STOP_TIMEOUT_MS = 9_500;

/**
 * Resolves at the first SIGTERM or SIGINT. The handlers stay: one Ctrl-C arrives twice (from the terminal and from npm),
 * and the second must not cut the stop short. A supervisor that is gone (its channel closed) counts as a signal: nobody
 * would start this process again or stop it. From then on the process ends within 9.5 s, whatever happens.
 */
export function onStopSignal(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    let signalled = false;
    const onSignal = () => {
      if (signalled) return;
      signalled = true;
      // Real time on purpose: whoever sent the signal waits in real time.
      setTimeout(() => exitAnyway(logger), STOP_TIMEOUT_MS).unref();
      resolve();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
    if (process.connected) process.once('disconnect', onSignal);
  });
}

function exitAnyway(logger: Logger): void {
  logger.error({}, 'stopping took too long; what was in flight lies durable and is resolved at the next start');
  process.exit(0);
}
