import {
  type BuyerRecord,
  customerBody,
  type CustomerContext,
  customerIdentity,
  type CustomerPlan,
  planCustomer,
  type WireEntity,
} from '@tillstream/quickbooks';
import { type EffectState, effectId } from '../../ledger/domain/index.js';
import { adoptName, type Branch, knownName, nameEffect, readName, writeName } from './names.js';
import { identityOf, type DeliveryEnv } from '../delivery-env.js';
import type { Effect } from '../../ledger/perform-effect.js';
import { hold } from '../../company/trouble.js';

/** Another name after a collision that nobody could foresee; more collisions than this are not chance. */
const MAX_NAMES = 6;

/**
 * QuickBooks id of a buyer's customer (B9): known, matched by e-mail, or created; one flight for all who need it.
 * `sourceHash` = content hash of the customer's own record, null when an order asks.
 */
export async function ensureCustomer(
  env: DeliveryEnv,
  record: BuyerRecord,
  sourceHash: string | null = null,
): Promise<string> {
  const { company, directories, settings } = env;
  const identity = identityOf(env, 'customer', customerIdentity(record, settings));
  await directories.freshNames(env.trail, Number.POSITIVE_INFINITY);
  const known = await planOf(env, record, identity.sourceId);
  if (known.kind === 'use' && known.how === 'known') return known.id;
  return company.shared.run(effectId(identity), () =>
    company.names.run(env.trail.lane, () => findOrCreate(env, record, identity.sourceId, sourceHash)),
  );
}

async function planOf(env: DeliveryEnv, record: BuyerRecord, sourceId: string) {
  return planCustomer(record, await customerContext(env, sourceId));
}

export async function customerContext(env: DeliveryEnv, sourceId: string): Promise<CustomerContext> {
  const { settings, profile, directories } = env;
  const knownId = await knownName(env, 'customer', sourceId, {
    knows: (id) => directories.names.customer(id) !== null,
    learn: (entity) => directories.upsertName(entity, 'customer'),
  });
  return { settings, profile, directory: directories.names, knownId };
}

/** Runs alone among the company's names, so that what it sees of the directory holds until it is done. */
async function findOrCreate(
  env: DeliveryEnv,
  record: BuyerRecord,
  sourceId: string,
  sourceHash: string | null,
): Promise<string> {
  const { directories, trail } = env;
  const id = await writeName<Branch<CustomerPlan, 'use'>, Branch<CustomerPlan, 'create'>>(env, {
    identity: identityOf(env, 'customer', sourceId),
    plan: () => planOf(env, record, sourceId),
    effectOf: (body) => customerEffect(env, sourceId, body, sourceHash),
    bodyOf: customerBody,
    adopt: (planned) => adopt(env, sourceId, planned.id, planned.how),
    learn: (entity) => directories.upsertName(entity, 'customer'),
    fresh: (maxAgeMs) => directories.freshNames(trail, maxAgeMs),
    maxNames: MAX_NAMES,
  });
  if (id !== null) return id;
  throw hold('customer_name_taken', `All names for the customer ${sourceId} are in use in QuickBooks.`);
}

async function adopt(
  env: DeliveryEnv,
  sourceId: string,
  id: string,
  how: 'known' | 'adopted' | 'remapped',
): Promise<string> {
  if (how === 'known') return id;
  if (how === 'remapped') {
    env.logger.warn({ customer: sourceId, remoteId: id }, 'customer mapped anew: the old one is gone');
  }
  await adoptName(env, 'customer', sourceId, await readName(env, 'customer', id));
  return id;
}

function customerEffect(env: DeliveryEnv, sourceId: string, body: string, sourceHash: string | null): Effect {
  return nameEffect(env, 'customer', sourceId, { body, sourceHash, find: (state) => findCustomer(env, state) });
}

/** D13: active and inactive by e-mail, then DisplayName, among what we intended to write. */
async function findCustomer(env: DeliveryEnv, { body }: EffectState): Promise<WireEntity | null> {
  const { directories, trail } = env;
  await directories.freshNames(trail, Number.NEGATIVE_INFINITY);
  const sent = JSON.parse(body ?? '{}') as { DisplayName?: string; PrimaryEmailAddr?: { Address?: string } };
  const address = sent.PrimaryEmailAddr?.Address?.toLowerCase() ?? null;
  const named = directories.names
    .byName(sent.DisplayName ?? '')
    .filter((entry) => entry.kind === 'customer' && (entry.email?.toLowerCase() ?? null) === address);
  const mailed = address === null ? [] : directories.names.activeCustomersByEmail(address);
  const [found] = named.length > 0 ? named : mailed;
  return found ? readName(env, 'customer', found.id) : null;
}
