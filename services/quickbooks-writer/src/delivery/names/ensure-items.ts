import type { Problem } from '@tillstream/contracts';
import {
  type ItemContext,
  type ItemNeed,
  type ItemPlan,
  itemBody,
  noteSkuOwners,
  planItem,
  type WireEntity,
} from '@tillstream/quickbooks';
import { type EffectState, effectId } from '../../ledger/domain/index.js';
import { ensureAccount } from './ensure-account.js';
import { adoptName, type Branch, knownName, nameEffect, readName, writeName } from './names.js';
import { identityOf, type DeliveryEnv } from '../delivery-env.js';
import type { Effect } from '../../ledger/perform-effect.js';
import { causedBy, deferral, hold } from '../../company/trouble.js';

const MAX_NAMES = 4;

/** QuickBooks ids of all items of an order by `ItemNeed.identity` (B10), accounts of new ones included (B15). */
export async function ensureItems(env: DeliveryEnv, needs: readonly ItemNeed[]): Promise<ReadonlyMap<string, string>> {
  noteSkuOwners(env.skuOwners, needs);
  const ids = new Map<string, string>();
  for (const need of needs) ids.set(need.identity, await causedBy(causeOfItem(need), () => ensureItem(env, need)));
  return ids;
}

/** The product whose own record would be held for the same reason; none for items that no product stands behind. */
function causeOfItem({ identity, productId, variationId }: ItemNeed): Problem['cause'] {
  const id = variationId ?? productId;
  return id === null ? undefined : { entity: 'products', sourceId: `${identity.split(':')[0]}:${id}` };
}

/** `sourceHash` = content hash of the product's own record, null when an order asks. */
export async function ensureItem(env: DeliveryEnv, need: ItemNeed, sourceHash: string | null = null): Promise<string> {
  const { company } = env;
  noteSkuOwners(env.skuOwners, [need]);
  await env.directories.freshItems(env.trail, Number.POSITIVE_INFINITY);
  const known = await planOf(env, need);
  if (known.kind === 'use' && known.how === 'known') return known.id;
  return company.shared.run(effectId(identityOf(env, 'item', need.identity)), () =>
    findOrCreate(env, need, sourceHash),
  );
}

async function planOf(env: DeliveryEnv, need: ItemNeed) {
  return planItem(need, await itemContext(env, need));
}

export async function itemContext(env: DeliveryEnv, need: ItemNeed): Promise<ItemContext> {
  const { settings, profile, directories, skuOwners } = env;
  const knownId = await knownName(env, 'item', need.identity, {
    knows: (id) => directories.items.get(id) !== null,
    learn: (entity) => directories.upsertItem(entity),
  });
  return { settings, profile, directory: directories.items, knownId, skuOwners };
}

async function findOrCreate(env: DeliveryEnv, need: ItemNeed, sourceHash: string | null): Promise<string> {
  const { company, directories, trail } = env;
  await directories.freshItems(trail, env.directoryMaxAgeMs);
  const first = await planOf(env, need);
  // The account comes first: it takes its own turn among the names, which never nest.
  const accountId = first.kind === 'create' ? await ensureAccount(env, first.accountRole) : '';
  return company.names.run(trail.lane, () => createItem(env, need, accountId, sourceHash));
}

async function createItem(
  env: DeliveryEnv,
  need: ItemNeed,
  accountId: string,
  sourceHash: string | null,
): Promise<string> {
  const { directories, trail } = env;
  const id = await writeName<Branch<ItemPlan, 'use'>, Branch<ItemPlan, 'create'>>(env, {
    identity: identityOf(env, 'item', need.identity),
    plan: () => planOf(env, need),
    effectOf: (body) => itemEffect(env, need, body, sourceHash),
    bodyOf: (planned, name) => itemBody(planned, name, requireAccount(accountId)),
    adopt: (planned) => adopt(env, need, planned.id, planned.how),
    learn: (entity) => directories.upsertItem(entity),
    fresh: (maxAgeMs) => directories.freshItems(trail, maxAgeMs),
    maxNames: MAX_NAMES,
  });
  if (id !== null) return id;
  throw hold('item_ambiguous', `"${need.name}" (${need.identity}): all names for it are in use.`);
}

/** The item to use vanished between two looks: the next attempt brings the account along. */
function requireAccount(accountId: string): string {
  if (accountId !== '') return accountId;
  throw deferral('quickbooks_busy', 'An item changed in QuickBooks right now; it is matched anew.');
}

async function adopt(env: DeliveryEnv, need: ItemNeed, id: string, how: 'known' | 'adopted'): Promise<string> {
  if (how !== 'known') await adoptName(env, 'item', need.identity, { Id: id });
  return id;
}

function itemEffect(env: DeliveryEnv, need: ItemNeed, body: string, sourceHash: string | null): Effect {
  return nameEffect(env, 'item', need.identity, { body, sourceHash, find: (state) => findItem(env, state) });
}

/** D13: Sku, then Name. */
async function findItem(env: DeliveryEnv, { body }: EffectState): Promise<WireEntity | null> {
  const { directories, trail } = env;
  await directories.freshItems(trail, Number.NEGATIVE_INFINITY);
  const sent = JSON.parse(body ?? '{}') as { Name?: string; Sku?: string };
  const named = directories.items.byName(sent.Name ?? '').filter(({ sku }) => (sku ?? undefined) === sent.Sku);
  const [found] = named;
  return found ? readName(env, 'item', found.id) : null;
}
