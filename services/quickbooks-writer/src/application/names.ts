import type { EntityName, WireEntity } from '@tillstream/quickbooks';
import { type EffectState, effectId } from '../domain/effect-ledger/index.js';
import { identityOf, type OrderEnv, remoteNameOf, requestIdsOf } from './order-env.js';
import type { Effect } from './perform-effect.js';
import { valueOf } from './remote-answer.js';

/** Names are what orders share: customers, items and accounts. One ledger entry each, found by look-ups of their own. */
const ENTITY_OF = { customer: 'Customer', item: 'Item', account: 'Account' } as const satisfies Record<
  string,
  EntityName
>;
export type NameKind = keyof typeof ENTITY_OF;

/** The create of a name; its body goes again unchanged after proven absence, whichever order asks. */
export function nameEffect(
  env: OrderEnv,
  kind: NameKind,
  sourceId: string,
  body: string,
  find: (state: EffectState) => Promise<WireEntity | null>,
): Effect {
  const identity = identityOf(env, kind, sourceId);
  return {
    identity,
    entity: ENTITY_OF[kind],
    operation: 'create',
    body,
    predictedTotalMinor: null,
    sourceHash: null,
    requestIdOf: requestIdsOf(env, identity),
    find,
    remoteOf: remoteNameOf,
  };
}

/** The name as QuickBooks has it, asked by id. */
export async function readName({ company, trail }: OrderEnv, kind: NameKind, id: string): Promise<WireEntity> {
  const found = await company.read(trail, (api, caller) => api.readById(caller, ENTITY_OF[kind], id));
  return valueOf(found, company.pausedUntil());
}

/**
 * QuickBooks id our ledger holds for a name, or null. One that the directory does not know is asked for by id: it may
 * be ours of a moment ago, and only QuickBooks can say that it is gone.
 */
export async function knownName(
  env: OrderEnv,
  kind: 'customer' | 'item',
  sourceId: string,
  directory: { readonly knows: (id: string) => boolean; readonly learn: (entity: WireEntity) => void },
): Promise<string | null> {
  const { company, trail } = env;
  const id = (await company.parts.ledger.state(effectId(identityOf(env, kind, sourceId))))?.remote?.id ?? null;
  if (id === null || directory.knows(id)) return id;
  const found = await company.read(trail, (api, caller) => api.readById(caller, ENTITY_OF[kind], id));
  if (found.kind !== 'not_found') directory.learn(valueOf(found, company.pausedUntil()));
  return id;
}

/** Takes over an object that was there before us as the one for `sourceId`. */
export async function adoptName(env: OrderEnv, kind: NameKind, sourceId: string, entity: WireEntity): Promise<void> {
  const identity = identityOf(env, kind, sourceId);
  const requestId = requestIdsOf(env, identity)(1);
  const { ledger } = env.company.parts;
  await ledger.execute(effectId(identity), { type: 'Adopt', remote: remoteNameOf(entity), requestId });
}
