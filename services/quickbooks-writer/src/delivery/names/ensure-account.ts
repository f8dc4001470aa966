import { type AccountRole, bodyText, parseAccount, planAccount, type WireEntity } from '@tillstream/quickbooks';
import { type EffectState, effectId } from '../../ledger/domain/index.js';
import { nameEffect } from './names.js';
import { identityOf, type DeliveryEnv } from '../delivery-env.js';
import { troubleOf, valueOf } from '../../company/remote-answer.js';
import { hold, holdOf } from '../../company/trouble.js';

/** QuickBooks id of the account for a role; a missing one is created as a ledger effect by the first run (B15). */
export async function ensureAccount(env: DeliveryEnv, role: AccountRole): Promise<string> {
  const { company } = env;
  const planned = await planOf(env, role);
  if (planned.kind === 'held') throw holdOf(planned);
  if (planned.kind === 'use') return planned.id;
  if (planned.kind === 'omit') throw hold('account_missing', `No account for ${role} was found.`);
  const { identity, body } = planned;
  return company.shared.run(effectId(identityOf(env, 'account', identity)), () =>
    company.names.run(env.trail.lane, () => create(env, identity, bodyText(body))),
  );
}

async function planOf({ settings, profiles, trail }: DeliveryEnv, role: AccountRole) {
  return planAccount(role, settings, await profiles.get(trail));
}

async function create(env: DeliveryEnv, sourceId: string, body: string): Promise<string> {
  const { company, profiles, trail } = env;
  const write = { body, sourceHash: null, find: (state: EffectState) => findAccount(env, state) };
  const end = await company.perform(trail, nameEffect(env, 'account', sourceId, write));
  if (end.kind === 'refused') {
    profiles.forget();
    throw end.failure.kind === 'duplicate_name'
      ? hold('account_missing', 'An account of this name exists in QuickBooks but cannot be used.', end.failure.remote)
      : troubleOf(end.failure, company.pausedUntil());
  }
  const account = end.answer ? parseAccount(end.answer) : null;
  if (account) profiles.addAccount(account);
  return end.remote.id;
}

/** By name among all accounts: their names are unique in a company. */
async function findAccount({ company, trail }: DeliveryEnv, { body }: EffectState): Promise<WireEntity | null> {
  const sent = JSON.parse(body ?? '{}') as { Name?: string };
  const accounts = valueOf(
    await company.read(trail, (api, caller) =>
      api.queryAll(caller, { entity: 'Account', where: [{ field: 'Active', operator: 'IN', value: [true, false] }] }),
    ),
    company.pausedUntil(),
  );
  const name = sent.Name?.toLowerCase();
  return accounts.find((account) => String(account['Name']).toLowerCase() === name) ?? null;
}
