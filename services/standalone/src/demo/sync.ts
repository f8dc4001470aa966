import { TransientError } from '@tillstream/kernel';
import { type ApiClient, isFinal, type RunView } from '../client/api.js';

/** Real milliseconds between two looks at the run. */
const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 90_000;

export interface SyncResult {
  readonly run: RunView;
  readonly seconds: number;
}

/** Asks for a full run and waits for its end and for what is still being retried. */
export async function syncOrders(api: ApiClient, onProgress: (run: RunView) => void): Promise<SyncResult> {
  const began = performance.now();
  const { syncId } = await api.expect<RunView>([202], 'POST', '/api/sync/orders', {
    mode: 'full',
    target: 'quickbooks',
  });
  for (;;) {
    const run = await api.run(syncId);
    onProgress(run);
    if (isFinal(run) && (await api.failures(['retrying'])).length === 0) {
      return { run, seconds: (performance.now() - began) / 1000 };
    }
    if (performance.now() - began > PATIENCE_MS) {
      throw new TransientError('demo_timeout', `the run does not end: ${JSON.stringify(run.counts)}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
}
