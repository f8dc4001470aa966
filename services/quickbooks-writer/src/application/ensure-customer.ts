import { bodyText, customerBody, customerIdentity, planCustomer, type WireEntity } from '@tillstream/quickbooks';
import { type EffectState, effectId } from '../domain/effect-ledger/index.js';
import { adoptName, knownName, nameEffect, readName } from './names.js';
import { identityOf, type OrderEnv } from './order-env.js';
import { type Effect, isUnresolved, performEffect } from './perform-effect.js';
import { troubleOf } from './remote-answer.js';
import { parking, parkingOf } from './trouble.js';

/** Another name after a collision that nobody could foresee; more collisions than this are not chance. */
const MAX_NAMES = 6;

/** QuickBooks id of the order's customer (B9): known, matched by e-mail, or created; one flight for all its orders. */
export async function ensureCustomer(env: OrderEnv): Promise<string> {
  const { company, directories, order, settings } = env;
  const identity = identityOf(env, 'customer', customerIdentity(order, settings));
  await directories.freshNames(env.trail, Number.POSITIVE_INFINITY);
  const known = await plan(env, identity.sourceId);
  if (known.kind === 'use' && known.how === 'known') return known.id;
  return company.shared.run(effectId(identity), () =>
    company.names.run(env.trail.lane, () => findOrCreate(env, identity.sourceId)),
  );
}

async function plan(env: OrderEnv, sourceId: string) {
  const { order, settings, profile, directories } = env;
  const knownId = await knownName(env, 'customer', sourceId, {
    knows: (id) => directories.names.customer(id) !== null,
    learn: (entity) => directories.upsertName(entity, 'customer'),
  });
  return planCustomer(order, { settings, profile, directory: directories.names, knownId });
}

/** Runs alone among the company's names, so that what it sees of the directory holds until it is done. */
async function findOrCreate(env: OrderEnv, sourceId: string): Promise<string> {
  const { company, directories, trail } = env;
  const identity = identityOf(env, 'customer', sourceId);
  const state = await company.parts.ledger.state(effectId(identity));
  const unresolved = isUnresolved(state);
  if (unresolved) await performEffect(company, trail, customerEffect(env, sourceId, state.body));
  await directories.freshNames(trail, unresolved ? Number.NEGATIVE_INFINITY : env.directoryMaxAgeMs);
  const tried = new Set<string>();
  while (tried.size < MAX_NAMES) {
    const planned = await plan(env, sourceId);
    if (planned.kind === 'held') throw parkingOf(planned);
    if (planned.kind === 'use') return adopt(env, sourceId, planned.id, planned.how);
    const name = planned.nameCandidates.find((candidate) => !tried.has(candidate));
    if (name === undefined) break;
    tried.add(name);
    const end = await performEffect(
      company,
      trail,
      customerEffect(env, sourceId, bodyText(customerBody(planned, name))),
    );
    if (end.kind === 'done') {
      if (end.answer) directories.upsertName(end.answer, 'customer');
      else await directories.freshNames(trail, Number.NEGATIVE_INFINITY);
      return end.remote.id;
    }
    if (end.failure.kind !== 'duplicate_name') throw troubleOf(end.failure, company.pausedUntil());
    await directories.freshNames(trail, Number.NEGATIVE_INFINITY);
  }
  throw parking(
    'customer_name_taken',
    `Order ${env.order.number}: ${tried.size} names for ${identity.sourceId} are all in use.`,
  );
}

async function adopt(
  env: OrderEnv,
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

function customerEffect(env: OrderEnv, sourceId: string, body: string): Effect {
  return nameEffect(env, 'customer', sourceId, body, (state) => findCustomer(env, state));
}

/** D13: active and inactive by e-mail, then DisplayName, among what we intended to write. */
async function findCustomer(env: OrderEnv, { body }: EffectState): Promise<WireEntity | null> {
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
