import { TransientError } from '@tillstream/kernel';
import { isFinal, type RunView } from '../client/api.js';
import { type ApiSource, pause, throughDeaths } from '../supervised/through-deaths.js';

/** Real milliseconds between two looks at the run. */
const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 120_000;

export interface SyncRequest {
  readonly entity: 'orders' | 'customers' | 'products';
  readonly mode?: 'full' | 'incremental';
  readonly target?: 'all' | 'quickbooks' | 'supabase';
  readonly dryRun?: boolean;
  /** Real milliseconds; then the run is given up. */
  readonly patienceMs?: number;
}

export interface SyncResult {
  readonly run: RunView;
  readonly seconds: number;
}

let asked = 0;

/**
 * Asks for a run and waits for its end and for what is still being retried, through deaths of the product. Its own
 * idempotency key makes asking twice harmless.
 */
export async function syncThrough(
  product: ApiSource,
  { entity, patienceMs = PATIENCE_MS, ...body }: SyncRequest,
  onProgress: (run: RunView) => void | Promise<void> = () => {},
): Promise<SyncResult> {
  const began = performance.now();
  const deadline = began + patienceMs;
  asked += 1;
  const request = { mode: 'full', ...body, idempotencyKey: `${process.pid}-${asked}` };
  const { syncId } = await throughDeaths(product, deadline, (api) =>
    api.expect<RunView>([202], 'POST', `/api/sync/${entity}`, request),
  );
  for (;;) {
    const run = await throughDeaths(product, deadline, (api) => api.run(syncId));
    await onProgress(run);
    const isOver =
      isFinal(run) && (await throughDeaths(product, deadline, (api) => api.failures(['retrying']))).length === 0;
    if (isOver) return { run, seconds: (performance.now() - began) / 1000 };
    if (performance.now() > deadline) {
      throw new TransientError('demo_timeout', `the run does not end: ${JSON.stringify(run)}`);
    }
    await pause(LOOK_EVERY_MS);
  }
}
