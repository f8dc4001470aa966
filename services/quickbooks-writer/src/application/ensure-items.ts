import {
  bodyText,
  type ItemNeed,
  itemBody,
  noteSkuOwners,
  type OrderPlan,
  planItem,
  type WireEntity,
} from '@tillstream/quickbooks';
import { type EffectState, effectId } from '../domain/effect-ledger/index.js';
import { ensureAccount } from './ensure-account.js';
import { adoptName, knownName, nameEffect, readName } from './names.js';
import { identityOf, type OrderEnv } from './order-env.js';
import { type Effect, isUnresolved, performEffect } from './perform-effect.js';
import { troubleOf } from './remote-answer.js';
import { parking, parkingOf } from './trouble.js';

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
  const { company, directories, trail } = env;
  const state = await company.parts.ledger.state(effectId(identityOf(env, 'item', need.identity)));
  if (isUnresolved(state)) {
    await performEffect(company, trail, itemEffect(env, need, state.body));
    await directories.freshItems(trail, Number.NEGATIVE_INFINITY);
  }
  const tried = new Set<string>();
  while (tried.size < MAX_NAMES) {
    const planned = await planOf(env, need);
    if (planned.kind === 'held') throw parkingOf(planned);
    if (planned.kind === 'use') return adopt(env, need, planned.id, planned.how);
    const name = planned.nameCandidates.find((candidate) => !tried.has(candidate));
    if (name === undefined) break;
    tried.add(name);
    const end = await performEffect(
      company,
      trail,
      itemEffect(env, need, bodyText(itemBody(planned, name, accountId))),
    );
    if (end.kind === 'done') {
      if (end.answer) directories.upsertItem(end.answer);
      else await directories.freshItems(trail, Number.NEGATIVE_INFINITY);
      return end.remote.id;
    }
    if (end.failure.kind !== 'duplicate_name') throw troubleOf(end.failure, company.pausedUntil());
    await directories.freshItems(trail, Number.NEGATIVE_INFINITY);
  }
  throw parking('item_ambiguous', `"${need.name}" (${need.identity}): ${tried.size} names for it are all in use.`);
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
