import { type BuiltDocument, isOurs, isRemoved, markerOf, type WireEntity } from '@tillstream/quickbooks';
import type { EffectState } from '../../ledger/domain/index.js';
import { adopt, type DocumentKindName, ENTITY_OF, ledgerState, oursAmong, reportDuplicates } from './documents.js';
import type { OrderEnv } from './order-env.js';
import { valueOf } from '../../company/remote-answer.js';
import { hold } from '../../company/trouble.js';

/**
 * D14: two documents of one order wait for a person; nothing more is written until one of them is gone. The one that
 * is left is the order's document, whichever of them it is.
 */
export async function holdDuplicates(env: OrderEnv): Promise<void> {
  for (const kind of ['invoice', 'payment'] as const) {
    const state = await ledgerState(env, kind);
    const ids = state?.duplicates ?? [];
    if (ids.length < 2) continue;
    const living = await livingAmong(env, kind, ids);
    const [left] = living;
    if (living.length > 1) {
      throw hold(
        'duplicate_document',
        `${ENTITY_OF[kind]} ${living.map(({ Id }) => Id).join(' and ')} both belong to order ${env.order.number}.`,
      );
    }
    if (left && left.Id !== state?.remote?.id) await adopt(env, kind, left);
  }
}

async function livingAmong({ company, trail }: OrderEnv, kind: DocumentKindName, ids: readonly string[]) {
  const living: WireEntity[] = [];
  for (const id of ids) {
    const found = await company.read(trail, (api, caller) => api.readById(caller, ENTITY_OF[kind], id));
    if (found.kind === 'not_found') continue;
    const entity = valueOf(found, company.pausedUntil());
    if (!isRemoved(entity)) living.push(entity);
  }
  return living;
}

/** B8: a foreign document with our number holds the order; one with our marker is adopted (and its state returned). */
export async function checkNumber(
  env: OrderEnv,
  built: BuiltDocument,
  before: EffectState | null,
): Promise<EffectState | null> {
  const number = built.docNumber;
  if (number === null) return null;
  const numbered = await env.docNumbers.holders(env.trail, number);
  const holders = [...numbered, ...(await renumbered(env, built, before, numbered))].filter(
    ({ Id }) => Id !== before?.remote?.id,
  );
  const ours = oursAmong(holders, built.marker);
  if (ours.length > 1) {
    await reportDuplicates(env, 'invoice', ours);
    await holdDuplicates(env);
  }
  const [found] = ours;
  if (found) return adopt(env, 'invoice', found);
  const removed = holders.filter((holder) => isOurs(holder, built.marker));
  if (removed.length > 0 && !before?.remote) throw removedByPerson(env, removed);
  const others = holders.filter((holder) => !removed.includes(holder) && isInTheWay(env, holder));
  if (others.length === 0) return null;
  env.docNumbers.forget(number);
  const ids = others.map(({ Id }) => Id).join(', ');
  throw hold(
    'doc_number_taken',
    `Order ${env.order.number}: invoice ${ids} in QuickBooks already has number ${number}.`,
  );
}

/** Ours under a number that QuickBooks gave, when nothing is known of the order (a lost data folder). */
async function renumbered(
  { profile, ownByDate, trail }: OrderEnv,
  { txnDate, marker }: BuiltDocument,
  before: EffectState | null,
  numbered: readonly WireEntity[],
): Promise<readonly WireEntity[]> {
  if (profile.customTxnNumbers || before !== null) return [];
  const known = new Set(numbered.map(({ Id }) => Id));
  return (await ownByDate.on(trail, txnDate)).filter((invoice) => isOurs(invoice, marker) && !known.has(invoice.Id));
}

/** B5: voided, and not by the ledger at hand. (What that took back keeps its number and is in nobody's way.) */
function removedByPerson({ order }: OrderEnv, [invoice]: readonly WireEntity[]) {
  return hold('removed_in_quickbooks', `Invoice ${invoice?.Id} of order ${order.number} was voided in QuickBooks.`);
}

/**
 * A company that numbers by itself may have given our number to the invoice of another order of ours: it will find
 * another one for this order as well.
 */
function isInTheWay({ profile }: OrderEnv, holder: WireEntity): boolean {
  return profile.customTxnNumbers || markerOf(holder['PrivateNote']) === null;
}
