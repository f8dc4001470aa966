import { formatMinor } from '@tillstream/kernel';
import { bodyText, type BuiltDocument, isRemoved } from '@tillstream/quickbooks';
import { type EffectState, effectId, type RemoteDocument } from '../../ledger/domain/index.js';
import { changeEffect, correctedBody, createEffect, type DocumentKindName, ENTITY_OF } from './documents.js';
import { documentIdentity, type OrderEnv } from './order-env.js';
import type { EffectEnd } from '../../ledger/perform-effect.js';
import { valueOf } from '../../company/remote-answer.js';
import { hold } from '../../company/trouble.js';

export type Failure = Extract<EffectEnd, { kind: 'refused' }>['failure'];

export type WriteEnd =
  | { readonly kind: 'written'; readonly state: EffectState; readonly remote: RemoteDocument }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** Updates that lose against somebody else's change are built anew this often. */
const MAX_STALE = 3;

/**
 * Creates an order's document and holds it against the prediction (B1): what differs is corrected once, then taken
 * back, and the order held. Where an earlier version of the order may have been written (ADR 0009), this one goes over it. Throws a Hold `remote_total_differs` then, a Deferral when it has to wait.
 */
export async function writeDocument(
  env: OrderEnv,
  kind: DocumentKindName,
  built: BuiltDocument,
  recreate = false,
): Promise<WriteEnd> {
  const end = await env.company.perform(env.trail, createEffect(env, kind, built, recreate));
  if (end.kind === 'refused') return end;
  const { state, remote } = end.state.mixed ? ((await change(env, kind, built, 'update')) ?? end) : end;
  if (state.gone) throw differs(env, kind, built, remote, 'it was taken back');
  // GUARD(prediction): a document known to differ from the order does not stay (I3).
  if (isAsPredicted(kind, built, remote)) return { kind: 'written', state, remote };
  return settleDifference(env, kind, built, state, remote);
}

export function isAsPredicted(
  kind: DocumentKindName,
  { predicted }: BuiltDocument,
  { totalMinor, taxMinor }: RemoteDocument,
): boolean {
  return totalMinor === predicted.totalMinor && (kind === 'payment' || taxMinor === predicted.taxMinor);
}

async function settleDifference(
  env: OrderEnv,
  kind: DocumentKindName,
  built: BuiltDocument,
  state: EffectState,
  remote: RemoteDocument,
): Promise<WriteEnd> {
  env.logger.error({ kind, remoteId: remote.id, ...amounts(built, remote) }, 'QuickBooks computed another amount');
  // Once (B1): a correction that QuickBooks put off (429, a crash before it left) was none yet.
  const wasCorrected = state.operation === 'update' && state.status === 'confirmed';
  const corrected = wasCorrected ? null : await change(env, kind, built, 'update');
  if (corrected && isAsPredicted(kind, built, corrected.remote)) {
    return { kind: 'written', state: corrected.state, remote: corrected.remote };
  }
  const taken = await change(env, kind, built, 'void');
  const how = taken ? 'it was taken back' : 'it could not be taken back: void it by hand';
  throw differs(env, kind, built, corrected?.remote ?? remote, how);
}

/** One change over the version that stands; null when QuickBooks refused it. */
async function change(
  env: OrderEnv,
  kind: DocumentKindName,
  built: BuiltDocument,
  operation: 'update' | 'void',
): Promise<{ state: EffectState; remote: RemoteDocument } | null> {
  const { company, trail } = env;
  const known = (await company.ledger.state(effectId(documentIdentity(env, kind))))?.remote ?? null;
  if (known === null) return null;
  let token = known.syncToken;
  for (let turn = 0; turn < MAX_STALE; turn += 1) {
    token ??= await currentToken(env, kind, known.id);
    const body = operation === 'update' ? correctedBody(built, known.id, token) : { Id: known.id, SyncToken: token };
    const end = await company.perform(trail, changeEffect(env, kind, built, operation, bodyText(body)));
    if (end.kind === 'done') return end;
    if (end.failure.kind === 'not_found') throw removed(env, kind, known.id);
    if (end.failure.kind !== 'stale') return null;
    token = null;
  }
  return null;
}

/** By id, never from a list: list answers have shown older tokens (facts section 3). */
async function currentToken(env: OrderEnv, kind: DocumentKindName, id: string): Promise<string> {
  const { company, trail } = env;
  const result = await company.read(trail, (api, caller) => api.readById(caller, ENTITY_OF[kind], id));
  if (result.kind === 'not_found') throw removed(env, kind, id);
  const entity = valueOf(result, company.pausedUntil());
  // B5: what a person voided is not brought back to life by a correction.
  if (isRemoved(entity)) throw removed(env, kind, id);
  return entity.SyncToken ?? '0';
}

function removed({ order }: OrderEnv, kind: DocumentKindName, id: string) {
  return hold('removed_in_quickbooks', `${ENTITY_OF[kind]} ${id} of order ${order.number} was removed.`);
}

function amounts({ predicted, currency }: BuiltDocument, { totalMinor, taxMinor }: RemoteDocument) {
  const text = (minor: number | null) => (minor === null ? '?' : formatMinor(minor, currency));
  return {
    expected: `${text(predicted.totalMinor)} (tax ${text(predicted.taxMinor)})`,
    actual: `${text(totalMinor)} (tax ${text(taxMinor)})`,
  };
}

function differs(env: OrderEnv, kind: DocumentKindName, built: BuiltDocument, remote: RemoteDocument, how: string) {
  const { expected, actual } = amounts(built, remote);
  return hold(
    'remote_total_differs',
    `Order ${env.order.number}: QuickBooks made ${actual} of the ${kind} of ${expected}; ${how}.`,
  );
}
