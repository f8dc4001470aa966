import {
  type ItemNeed,
  type ItemPlan,
  itemBody,
  noteSkuOwners,
  type OrderPlan,
  planItem,
  type WireEntity,
} from '@tillstream/quickbooks';
import { type EffectState, effectId } from '../domain/effect-ledger/index.js';
import { ensureAccount } from './ensure-account.js';
import { adoptName, type Branch, knownName, nameEffect, readName, writeName } from './names.js';
import { identityOf, type OrderEnv } from './order-env.js';
import type { Effect } from './perform-effect.js';
import { deferral, parking } from './trouble.js';

const MAX_NAMES = 4;

/** QuickBooks ids of all items of an order by `ItemNeed.identity` (B10), accounts of new ones included (B15). */
export async function ensureItems(env: OrderEnv, plan: OrderPlan): Promise<ReadonlyMap<string, string>> {
  noteSkuOwners(env.skuOwners, plan.items);
  await env.directories.freshItems(env.trail, Number.POSITIVE_INFINITY);
  const ids = new Map<string, string>();
  for (const need of plan.items) ids.set(need.identity, await ensureItem(env, need));
  return ids;
}

async function ensureItem(env: OrderEnv, need: ItemNeed): Promise<string> {
  const { company } = env;
  const known = await planOf(env, need);
  if (known.kind === 'use' && known.how === 'known') return known.id;
  return company.shared.run(effectId(identityOf(env, 'item', need.identity)), () => findOrCreate(env, need));
}

async function planOf(env: OrderEnv, need: ItemNeed) {
  const { settings, profile, directories, skuOwners } = env;
  const knownId = await knownName(env, 'item', need.identity, {
    knows: (id) => directories.items.get(id) !== null,
    learn: (entity) => directories.upsertItem(entity),
  });
  return planItem(need, { settings, profile, directory: directories.items, knownId, skuOwners });
}

async function findOrCreate(env: OrderEnv, need: ItemNeed): Promise<string> {
  const { company, directories, trail } = env;
  await directories.freshItems(trail, env.directoryMaxAgeMs);
  const first = await planOf(env, need);
  // The account comes first: it takes its own turn among the names, which never nest.
  const accountId = first.kind === 'create' ? await ensureAccount(env, first.accountRole) : '';
  return company.names.run(trail.lane, () => createItem(env, need, accountId));
}

async function createItem(env: OrderEnv, need: ItemNeed, accountId: string): Promise<string> {
  const { directories, trail } = env;
  const id = await writeName<Branch<ItemPlan, 'use'>, Branch<ItemPlan, 'create'>>(env, {
    identity: identityOf(env, 'item', need.identity),
    plan: () => planOf(env, need),
    effectOf: (body) => itemEffect(env, need, body),
    bodyOf: (planned, name) => itemBody(planned, name, requireAccount(accountId)),
    adopt: (planned) => adopt(env, need, planned.id, planned.how),
    learn: (entity) => directories.upsertItem(entity),
    fresh: (maxAgeMs) => directories.freshItems(trail, maxAgeMs),
    maxNames: MAX_NAMES,
  });
  if (id !== null) return id;
  throw parking('item_ambiguous', `"${need.name}" (${need.identity}): all names for it are in use.`);
}

/** The item to use vanished between two looks: the next attempt brings the account along. */
function requireAccount(accountId: string): string {
  if (accountId !== '') return accountId;
  throw deferral('quickbooks_busy', 'An item changed in QuickBooks right now; it is matched anew.');
}

async function adopt(env: OrderEnv, need: ItemNeed, id: string, how: 'known' | 'adopted'): Promise<string> {
  if (how !== 'known') await adoptName(env, 'item', need.identity, { Id: id });
  return id;
}

function itemEffect(env: OrderEnv, need: ItemNeed, body: string): Effect {
  return nameEffect(env, 'item', need.identity, body, (state) => findItem(env, state));
}

/** D13: Sku, then Name. */
async function findItem(env: OrderEnv, { body }: EffectState): Promise<WireEntity | null> {
  const { directories, trail } = env;
  await directories.freshItems(trail, Number.NEGATIVE_INFINITY);
  const sent = JSON.parse(body ?? '{}') as { Name?: string; Sku?: string };
  const named = directories.items.byName(sent.Name ?? '').filter(({ sku }) => (sku ?? undefined) === sent.Sku);
  const [found] = named;
  return found ? readName(env, 'item', found.id) : null;
}
