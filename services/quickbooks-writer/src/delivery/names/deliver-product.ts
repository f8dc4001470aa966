import type { CanonicalProduct } from '@tillstream/contracts';
import { needOfProduct, planItemChange, whyNotSold } from '@tillstream/quickbooks';
import { settleName } from './deliver-name.js';
import type { DeliveryEnv } from '../delivery-env.js';
import { type DeliveryInput, type DeliveryResult, skipped } from '../delivery-result.js';
import { ensureItem, itemContext } from './ensure-items.js';

/**
 * Brings a product or variation to QuickBooks as the item its order lines use (B10). What is not sold itself, or not
 * yet, is left out; an item it already has stays as it is. Throws a Hold or a Deferral.
 */
export async function deliverProduct(
  env: DeliveryEnv,
  product: CanonicalProduct,
  input: DeliveryInput,
): Promise<DeliveryResult> {
  const { directories, trail } = env;
  const reason = whyNotSold(product);
  if (reason !== null) return skipped(reason, `Product ${product.source}:${product.id} is ${describe(product)}.`);
  const need = needOfProduct(product);
  await ensureItem(env, need, input.contentHash);
  return settleName(
    env,
    {
      kind: 'item',
      sourceId: need.identity,
      planChange: async (standing) => planItemChange(need, await itemContext(env, need), standing),
      learn: (entity) => directories.upsertItem(entity),
      refresh: () => directories.freshItems(trail, Number.NEGATIVE_INFINITY),
    },
    input,
  );
}

function describe({ type, status }: CanonicalProduct): string {
  return `of type ${type || '?'} and status ${status || '?'}`;
}
