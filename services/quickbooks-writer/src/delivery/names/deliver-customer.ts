import type { CanonicalCustomer } from '@tillstream/contracts';
import { buyerOf, customerIdentity, planCustomerChange } from '@tillstream/quickbooks';
import { settleName } from './deliver-name.js';
import type { DeliveryEnv } from '../delivery-env.js';
import { type DeliveryInput, type DeliveryResult, skipped } from '../delivery-result.js';
import { customerContext, ensureCustomer } from './ensure-customer.js';
import { nameState } from './names.js';
import { isUnresolved } from '../../ledger/domain/index.js';

/**
 * Brings a registered buyer to QuickBooks (B9): under the same ledger entry as the customer that an order of theirs
 * needs, so that the two never make two. Throws a Hold or a Deferral.
 */
export async function deliverCustomer(
  env: DeliveryEnv,
  customer: CanonicalCustomer,
  input: DeliveryInput,
): Promise<DeliveryResult> {
  const { directories, settings, trail } = env;
  const record = buyerOf(customer);
  const sourceId = customerIdentity(record, settings);
  const before = await nameState(env, 'customer', sourceId);
  const isKnown = (before?.remote ?? null) !== null || isUnresolved(before);
  if (settings.customers === 'withOrders' && !isKnown) {
    return skipped('customer_without_orders', `Customer ${sourceId} has no order in QuickBooks.`);
  }
  await ensureCustomer(env, record, input.contentHash);
  return settleName(
    env,
    {
      kind: 'customer',
      sourceId,
      planChange: async (standing) => planCustomerChange(record, await customerContext(env, sourceId), standing),
      learn: (entity) => directories.upsertName(entity, 'customer'),
      refresh: () => directories.freshNames(trail, Number.NEGATIVE_INFINITY),
    },
    input,
  );
}
