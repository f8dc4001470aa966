import { bodyText, type ChangePlan, type Held, isHeld, type JsonObject, type WireEntity } from '@tillstream/quickbooks';
import { type EffectState, isUnresolved, type RemoteDocument } from '../../ledger/domain/index.js';
import type { DeliveryEnv } from '../delivery-env.js';
import type { DeliveryInput, DeliveryResult } from '../delivery-result.js';
import { nameEffect, nameState, readName, type RecordNameKind, writtenName } from './names.js';
import { resolveUnknown } from '../../ledger/perform-effect.js';
import { troubleOf } from '../../company/remote-answer.js';
import { deferral, hold, holdOf } from '../../company/trouble.js';

/** Changes that lose against somebody else's are built anew this often; so are names that turn out to be in use. */
const MAX_TURNS = 6;
const GONE = { customer: 'customer_gone', item: 'item_gone' } as const;

export interface StandingName {
  /** The body last written, as QuickBooks confirmed it. */
  readonly standing: JsonObject;
  readonly remote: WireEntity;
  /** Names that QuickBooks refused a moment ago. */
  readonly unavailable: ReadonlySet<string>;
}

/** What tells a customer from an item when its record changed. */
export interface NameRecord {
  readonly kind: RecordNameKind;
  /** sourceId of the ledger entry. */
  readonly sourceId: string;
  readonly planChange: (standing: StandingName) => Promise<ChangePlan | Held>;
  /** Puts what was written into the directory. */
  readonly learn: (entity: WireEntity) => void;
  /** Reads the list again: a name was in use that nobody knew of. */
  readonly refresh: () => Promise<void>;
}

/**
 * Ends the delivery of a record whose customer or item exists: what an order created for it, and what was there before
 * us, counts as known; what is ours and says something else than the record is changed (B5, B9, B10).
 */
export async function settleName(env: DeliveryEnv, record: NameRecord, input: DeliveryInput): Promise<DeliveryResult> {
  const before = await nameState(env, record.kind, record.sourceId);
  if (!before?.remote) throw deferral('quickbooks_busy', 'This record changes hands right now; it is looked at again.');
  const { contentHash, knownHash } = input;
  const remote = await changed(env, record, before, input);
  const document = writtenName(record.kind, remote ?? before.remote);
  const wasWritten = before.sourceHash === contentHash && knownHash !== contentHash;
  const isFirst = knownHash === null;
  const isCreated = isFirst && before.sourceHash !== null && isOurs(before);
  const isUpdated = !isFirst && (remote !== null || (wasWritten && isOurs(before)));
  return { outcome: isCreated ? 'created' : isUpdated ? 'updated' : 'unchanged', reason: null, documents: [document] };
}

/** Written by us, not found and taken over. */
function isOurs({ by, body }: EffectState): boolean {
  return by !== 'adoption' && body !== null;
}

/** What QuickBooks holds after the change; null = there was nothing to change. */
async function changed(
  env: DeliveryEnv,
  record: NameRecord,
  before: EffectState,
  { contentHash, knownHash }: DeliveryInput,
): Promise<RemoteDocument | null> {
  if (!isOurs(before)) return null;
  const written = before.status === 'confirmed' ? (before.sourceHash ?? knownHash) : undefined;
  if (written === null || written === contentHash) return null;
  return env.company.names.run(env.trail.lane, () => changeName(env, record, contentHash));
}

/** Runs alone among the company's names. */
async function changeName(env: DeliveryEnv, record: NameRecord, sourceHash: string): Promise<RemoteDocument | null> {
  const { company, trail } = env;
  const { kind, sourceId } = record;
  const unavailable = new Set<string>();
  const effectOf = (body: string) =>
    ({ ...nameEffect(env, kind, sourceId, { body, sourceHash, find: neverCreated }), operation: 'update' }) as const;
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const state = await nameState(env, kind, sourceId);
    if (isUnresolved(state)) await resolveUnknown(company, state, effectOf(state.body));
    const plan = await planNow(env, record, unavailable);
    if (plan === null) return null;
    const end = await company.perform(trail, effectOf(bodyText(plan.body)));
    if (end.kind === 'done') {
      if (end.answer) record.learn(end.answer);
      return end.remote;
    }
    const { failure } = end;
    if (failure.kind === 'not_found') throw gone(record);
    if (failure.kind !== 'stale' && failure.kind !== 'duplicate_name') throw troubleOf(failure, company.pausedUntil());
    if (failure.kind === 'duplicate_name') {
      unavailable.add(plan.name);
      await record.refresh();
    }
  }
  throw deferral('quickbooks_busy', 'Somebody changes this object in QuickBooks right now; it is looked at again.');
}

/** A change is looked up by id; there is no create of it to find. */
const neverCreated = (): Promise<null> => Promise.resolve(null);

/** By id, never from a list (facts section 3): the token as it is now, and what somebody may have changed. */
async function planNow(
  env: DeliveryEnv,
  record: NameRecord,
  unavailable: ReadonlySet<string>,
): Promise<{ readonly name: string; readonly body: JsonObject } | null> {
  const { kind, sourceId } = record;
  const state = await nameState(env, kind, sourceId);
  if (!state?.remote) return null;
  const remote = await readName(env, kind, state.remote.id).catch((thrown: unknown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'removed_in_quickbooks') throw gone(record);
    throw thrown;
  });
  if (remote['Active'] === false) throw gone(record);
  const standing = JSON.parse(state.standing ?? state.body ?? '{}') as JsonObject;
  const plan = await record.planChange({ standing, remote, unavailable });
  if (isHeld(plan)) throw holdOf(plan);
  if (plan.kind === 'none') return null;
  const body = { ...plan.fields, Id: remote.Id, SyncToken: remote.SyncToken ?? '0', sparse: true };
  return { name: plan.name, body };
}

function gone({ kind, sourceId }: NameRecord) {
  return hold(GONE[kind], `The QuickBooks ${kind} of ${sourceId} was deleted or made inactive.`);
}
