import type { WrittenDocument } from '@tillstream/contracts';
import {
  bodyText,
  type EntityName,
  flatFields,
  hasEmail,
  isEmailRefused,
  withoutEmail,
  type Held,
  type JsonObject,
  type WireEntity,
} from '@tillstream/quickbooks';
import {
  type EffectIdentity,
  type EffectState,
  effectId,
  isUnresolved,
  type RemoteDocument,
} from '../../ledger/domain/index.js';
import { identityOf, type DeliveryEnv, remoteNameOf, requestIdsOf } from '../delivery-env.js';
import type { Effect } from '../../ledger/perform-effect.js';
import { troubleOf, valueOf } from '../../company/remote-answer.js';
import { holdOf } from '../../company/trouble.js';

/** Names are what records share: customers, items and accounts. One ledger entry each, found by look-ups of their own. */
const ENTITY_OF = { customer: 'Customer', item: 'Item', account: 'Account' } as const satisfies Record<
  string,
  EntityName
>;
export type NameKind = keyof typeof ENTITY_OF;
/** Names that records stand behind. */
export type RecordNameKind = Exclude<NameKind, 'account'>;

/** One write of a name. */
export interface NameWrite {
  readonly body: string;
  /** Content hash of the customer or product it is made from; null = an order needs it. */
  readonly sourceHash: string | null;
  /** D13's look-up of a create. */
  readonly find: (state: EffectState) => Promise<WireEntity | null>;
}

/** The create of a name; its body goes again unchanged after proven absence, whichever record asks. */
export function nameEffect(
  env: DeliveryEnv,
  kind: NameKind,
  sourceId: string,
  { body, sourceHash, find }: NameWrite,
): Effect {
  const identity = identityOf(env, kind, sourceId);
  return {
    identity,
    entity: ENTITY_OF[kind],
    operation: 'create',
    body,
    predictedTotalMinor: null,
    sourceHash,
    requestIdOf: requestIdsOf(env, identity),
    find: (state) => (state.operation === 'update' ? findNameChange(env, kind, state) : find(state)),
    remoteOf: remoteNameOf,
  };
}

/** D13: a change is there when the fields we sent are. */
export async function findNameChange(env: DeliveryEnv, kind: NameKind, state: EffectState): Promise<WireEntity | null> {
  const { company, trail } = env;
  const id = state.remote?.id ?? '';
  const found = await company.read(trail, (api, caller) => api.readById(caller, ENTITY_OF[kind], id));
  if (found.kind === 'not_found') return null;
  const entity = valueOf(found, company.pausedUntil());
  const sent = JSON.parse(state.body ?? '{}') as JsonObject;
  const fields = Object.keys(sent).filter((field) => !VERSION_FIELDS.has(field));
  const now = flatFields(entity, fields);
  return [...flatFields(sent, fields)].every(([path, value]) => now.get(path) === value) ? entity : null;
}
const VERSION_FIELDS = new Set(['Id', 'SyncToken', 'sparse']);

export function nameState(env: DeliveryEnv, kind: NameKind, sourceId: string): Promise<EffectState | null> {
  return env.company.ledger.state(effectId(identityOf(env, kind, sourceId)));
}

/** What a result says of a name. */
export function writtenName(kind: RecordNameKind, { id, syncToken }: RemoteDocument): WrittenDocument {
  return {
    remoteType: ENTITY_OF[kind],
    remoteId: id,
    docNumber: null,
    totalMinor: null,
    currency: null,
    remoteVersion: syncToken,
  };
}

/** The name as QuickBooks has it, asked by id. */
export async function readName({ company, trail }: DeliveryEnv, kind: NameKind, id: string): Promise<WireEntity> {
  const found = await company.read(trail, (api, caller) => api.readById(caller, ENTITY_OF[kind], id));
  return valueOf(found, company.pausedUntil());
}

/**
 * QuickBooks id our ledger holds for a name, or null. One that the directory does not know is asked for by id: it may
 * be ours of a moment ago, and only QuickBooks can say that it is gone.
 */
export async function knownName(
  env: DeliveryEnv,
  kind: RecordNameKind,
  sourceId: string,
  directory: { readonly knows: (id: string) => boolean; readonly learn: (entity: WireEntity) => void },
): Promise<string | null> {
  const { company, trail } = env;
  const id = (await company.ledger.state(effectId(identityOf(env, kind, sourceId))))?.remote?.id ?? null;
  if (id === null || directory.knows(id)) return id;
  const found = await company.read(trail, (api, caller) => api.readById(caller, ENTITY_OF[kind], id));
  if (found.kind !== 'not_found') directory.learn(valueOf(found, company.pausedUntil()));
  return id;
}

/** Takes over an object that was there before us as the one for `sourceId`. */
export async function adoptName(env: DeliveryEnv, kind: NameKind, sourceId: string, entity: WireEntity): Promise<void> {
  const identity = identityOf(env, kind, sourceId);
  const requestId = requestIdsOf(env, identity)(1);
  const { ledger } = env.company;
  await ledger.execute(effectId(identity), { type: 'Adopt', remote: remoteNameOf(entity), requestId });
}

/** What tells one kind of name from another on the way to its id. */
export interface NameRules<U extends { readonly kind: 'use' }, C extends CreatePlan> {
  readonly identity: EffectIdentity;
  readonly plan: () => Promise<U | C | Held>;
  readonly effectOf: (body: string) => Effect;
  readonly bodyOf: (planned: C, name: string) => JsonObject;
  readonly adopt: (planned: U) => Promise<string>;
  /** Puts what was created into the directory. */
  readonly learn: (entity: WireEntity) => void;
  /** Brings the directory to at most this age, ms. */
  readonly fresh: (maxAgeMs: number) => Promise<void>;
  /** Names tried when each turns out to be in use; more collisions are not chance. */
  readonly maxNames: number;
}

interface CreatePlan {
  readonly kind: 'create';
  readonly nameCandidates: readonly string[];
}

/** The branch of a plan. */
export type Branch<P, K> = Extract<P, { readonly kind: K }>;

/**
 * QuickBooks id of a name: an earlier send without outcome is resolved first, then an existing object is used, else
 * one is created under the first free name. Runs alone among the company's names. null = every name is taken.
 */
export async function writeName<U extends { readonly kind: 'use' }, C extends CreatePlan>(
  env: DeliveryEnv,
  { identity, plan, effectOf, bodyOf, adopt, learn, fresh, maxNames }: NameRules<U, C>,
): Promise<string | null> {
  const { company, trail, directoryMaxAgeMs } = env;
  const state = await company.ledger.state(effectId(identity));
  const unresolved = isUnresolved(state);
  if (unresolved) await company.perform(trail, effectOf(state.body));
  await fresh(unresolved ? Number.NEGATIVE_INFINITY : directoryMaxAgeMs);
  const tried = new Set<string>();
  let mailless = false;
  while (tried.size < maxNames) {
    const planned = await plan();
    if (planned.kind === 'held') throw holdOf(planned);
    if (planned.kind === 'use') return adopt(planned);
    const name = planned.nameCandidates.find((candidate) => !tried.has(candidate));
    if (name === undefined) return null;
    const body = bodyOf(planned, name);
    const end = await company.perform(trail, effectOf(bodyText(mailless ? withoutEmail(body) : body)));
    if (end.kind === 'refused' && !mailless && isEmailRefused(end.failure) && hasEmail(body)) {
      mailless = true;
      continue;
    }
    tried.add(name);
    if (end.kind === 'done' && end.answer) {
      learn(end.answer);
      return end.remote.id;
    }
    if (end.kind === 'refused' && end.failure.kind !== 'duplicate_name') {
      throw troubleOf(end.failure, company.pausedUntil());
    }
    await fresh(Number.NEGATIVE_INFINITY);
    if (end.kind === 'done') return end.remote.id;
  }
  return null;
}
