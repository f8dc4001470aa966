import { TransientError } from '@tillstream/kernel';
import type { ApiClient } from '../client/api.js';

/** Real milliseconds between two attempts to reach a product that is starting again. */
const LOOK_AGAIN_MS = 10;

/** Somebody who has a client of the product whenever it lives. */
export interface ApiSource {
  api(): Promise<ApiClient>;
}

/**
 * Repeats an idempotent step until a living product answered it. Throws what the step throws, and `api_unreachable`
 * once `deadline` (real, `performance.now()`) has passed.
 */
export async function throughDeaths<T>(
  product: ApiSource,
  deadline: number,
  step: (api: ApiClient) => Promise<T>,
): Promise<T> {
  for (;;) {
    const api = await product.api();
    try {
      return await step(api);
    } catch (thrown) {
      const unreachable = thrown instanceof TransientError && thrown.code === 'api_unreachable';
      if (!unreachable || performance.now() > deadline) throw thrown;
      await pause(LOOK_AGAIN_MS);
    }
  }
}

/** Waiting for another process: real time, not the scaled clock. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
