import type { CanonicalOrder, Outcome, WorkRequested, WrittenDocument } from '@tillstream/contracts';
import { formatMinor } from '@tillstream/kernel';
import { type BuiltDocument, buildInvoice, isHeld, isRemoved, type OrderPlan, planOrder } from '@tillstream/quickbooks';
import type { EffectState } from '../domain/effect-ledger/index.js';
import { adopt, ledgerState, lookupOf, oursAmong, reportDuplicates, writtenDocument } from './documents.js';
import { ensureCustomer } from './ensure-customer.js';
import { ensureItems } from './ensure-items.js';
import type { OrderEnv } from './order-env.js';
import { isUnresolved, resolveUnknown } from './perform-effect.js';
import { troubleOf, valueOf } from './remote-answer.js';
import { deferral, parking, parkingOf } from './trouble.js';
import { writeDocument } from './write-document.js';
import { writePayment } from './write-payment.js';

export interface DeliveryResult {
  readonly outcome: Extract<Outcome, 'created' | 'updated' | 'unchanged' | 'skipped'>;
  readonly reason: 'status_left' | null;
  readonly documents: readonly WrittenDocument[];
}

export interface DeliveryInput {
  readonly reason: WorkRequested['reason'];
  /** Documents an earlier result reported; 0 = this record is new. */
  readonly reportedDocuments: number;
  /** Attempts of this request that did not end it. */
  readonly attempts: number;
}

/** Statuses that end an order without a sale (B6). */
const CANCELLED = new Set(['cancelled', 'failed', 'trash', 'deleted']);

/**
 * Brings one order to QuickBooks: customer, items, invoice, payment (design section 5). Re-entrant: every step looks at
 * its ledger entry first, so a repetition after a crash writes nothing twice. Throws a Parking or a Deferral.
 */
export async function deliverOrder(env: OrderEnv, input: DeliveryInput): Promise<DeliveryResult> {
  const { order, profile, settings } = env;
  await resolveEarlierSends(env);
  const before = await ledgerState(env, 'invoice');
  await holdDuplicates(env);
  const written = before !== null && before.remote !== null && !before.gone;
  const left = statusLeft(env, written);
  if (left) return left;
  if (before && isSettledEdit(before, env)) throw edited(order);
  // B2: books closed after the invoice was written do not hold its later payment; that has a date of its own.
  const plan = planOrder(order, settings, written ? { ...profile, bookCloseDate: null } : profile);
  if (isHeld(plan)) throw parkingOf(plan);
  const invoice = written && before.status === 'confirmed' ? before : await writeInvoice(env, plan, input, before);
  const checked = await verifyInvoice(env, plan, invoice, input);
  if (checked.sourceHash !== null && checked.sourceHash !== env.sourceHash) throw edited(order);
  const payment = await writePayment(env, plan, checked);
  return resultOf(input, checked, payment);
}

/** Whatever the order says now: what was sent for it before has to be known first. */
async function resolveEarlierSends(env: OrderEnv): Promise<void> {
  for (const kind of ['invoice', 'payment'] as const) {
    const state = await ledgerState(env, kind);
    if (isUnresolved(state)) await resolveUnknown(env.company, state, lookupOf(env, kind));
  }
}

/** Documents of the order that live in QuickBooks as far as the ledger knows. */
export async function knownDocuments(env: OrderEnv): Promise<readonly WrittenDocument[]> {
  const documents: WrittenDocument[] = [];
  for (const kind of ['invoice', 'payment'] as const) {
    const state = await ledgerState(env, kind);
    if (state?.remote && !state.gone) documents.push(writtenDocument(kind, state.remote));
  }
  return documents;
}

/** D14: two documents of one order wait for a person; nothing more is written until one of them is gone. */
async function holdDuplicates(env: OrderEnv): Promise<void> {
  for (const kind of ['invoice', 'payment'] as const) {
    const ids = (await ledgerState(env, kind))?.duplicates ?? [];
    if (ids.length < 2) continue;
    const entity = kind === 'invoice' ? 'Invoice' : 'Payment';
    const living: string[] = [];
    for (const id of ids) {
      const found = await env.company.read(env.trail, (api, caller) => api.readById(caller, entity, id));
      if (found.kind === 'not_found') continue;
      if (!isRemoved(valueOf(found, env.company.pausedUntil()))) living.push(id);
    }
    if (living.length > 1) {
      throw parking(
        'duplicate_document',
        `${entity} ${living.join(' and ')} both belong to order ${env.order.number}.`,
      );
    }
  }
}

/** B6: what a status outside the list means; null = go on. */
function statusLeft({ order, orderSettings, settings }: OrderEnv, written: boolean): DeliveryResult | null {
  if (orderSettings.statuses.includes(order.status)) return null;
  const cancelled = CANCELLED.has(order.status);
  if (!written && !cancelled) return null;
  if (written && cancelled && settings.onOrderCancelled !== 'keep') {
    throw parking('order_cancelled', `Order ${order.number} is ${order.status} and has an invoice.`);
  }
  return { outcome: 'skipped', reason: 'status_left', documents: [] };
}

/** The invoice stands as it was first written and the order says something else now. */
function isSettledEdit(before: EffectState, { sourceHash }: OrderEnv): boolean {
  if (before.status !== 'confirmed' || before.gone || before.sourceHash === null) return false;
  return before.sourceHash !== sourceHash;
}

function edited(order: CanonicalOrder) {
  return parking('order_edited', `Order ${order.number} was changed after its invoice was written.`);
}

async function writeInvoice(
  env: OrderEnv,
  plan: OrderPlan,
  input: DeliveryInput,
  before: EffectState | null,
): Promise<EffectState> {
  const built = await builtInvoice(env, plan);
  if (before?.status !== 'absent') {
    const adopted = await checkNumber(env, built, before);
    if (adopted) return adopted;
  }
  const recreate = before?.gone === true && input.reason !== 'changed';
  const end = await writeDocument(env, 'invoice', built, recreate);
  env.docNumbers.forget(plan.docNumber);
  if (end.kind === 'written') return end.state;
  const { failure } = end;
  if (failure.kind === 'duplicate_doc_number') {
    const adopted = await checkNumber(env, built, await ledgerState(env, 'invoice'));
    if (adopted) return adopted;
  }
  if (failure.kind === 'period_closed') env.profiles.forget();
  const staleReference = failure.kind === 'invalid_reference' || failure.kind === 'not_found';
  if (staleReference) await refreshDirectories(env);
  if (staleReference && input.attempts === 0) {
    throw deferral('quickbooks_busy', 'A customer or item changed in QuickBooks; it is matched anew.');
  }
  throw troubleOf(failure, env.company.pausedUntil());
}

/** A reference is gone: the next attempt matches anew, or holds with `customer_gone` or `item_gone`. */
async function refreshDirectories({ directories, trail }: OrderEnv): Promise<void> {
  await directories.freshNames(trail, Number.NEGATIVE_INFINITY);
  await directories.freshItems(trail, Number.NEGATIVE_INFINITY);
}

async function builtInvoice(env: OrderEnv, plan: OrderPlan): Promise<BuiltDocument> {
  const customerId = await ensureCustomer(env);
  const itemIds = await ensureItems(env, plan);
  const built = buildInvoice(plan, { customerId, itemIds, sourceIdentity: env.sourceIdentity }, env.profile);
  if (isHeld(built)) throw parkingOf(built);
  return built;
}

/** B8: a foreign document with our number holds the order; one with our marker is adopted (and its state returned). */
async function checkNumber(
  env: OrderEnv,
  built: BuiltDocument,
  before: EffectState | null,
): Promise<EffectState | null> {
  const number = built.docNumber;
  if (number === null) return null;
  const holders = (await env.docNumbers.holders(env.trail, number)).filter(({ Id }) => Id !== before?.remote?.id);
  const ours = oursAmong(holders, built.marker);
  if (ours.length > 1) {
    await reportDuplicates(env, 'invoice', ours);
    await holdDuplicates(env);
  }
  const [found] = ours;
  if (found) return adopt(env, 'invoice', found);
  if (holders.length === 0) return null;
  env.docNumbers.forget(number);
  const ids = holders.map(({ Id }) => Id).join(', ');
  throw parking(
    'doc_number_taken',
    `Order ${env.order.number}: invoice ${ids} in QuickBooks already has number ${number}.`,
  );
}

/** A confirmed invoice whose amounts differ from the order's: of an interrupted correction, or adopted (B1). */
async function verifyInvoice(
  env: OrderEnv,
  plan: OrderPlan,
  invoice: EffectState,
  input: DeliveryInput,
): Promise<EffectState> {
  const { totalMinor = null, taxMinor = null } = invoice.remote ?? {};
  const { predicted, order } = plan;
  if (totalMinor === predicted.totalMinor && taxMinor === predicted.taxMinor) return invoice;
  if (invoice.by === 'adoption') {
    const amount = totalMinor === null ? '?' : formatMinor(totalMinor, order.currency);
    throw parking('order_edited', `Order ${order.number} differs from its invoice in QuickBooks (${amount}).`);
  }
  const end = await writeDocument(env, 'invoice', await builtInvoice(env, plan), input.reason !== 'changed');
  if (end.kind === 'refused') throw troubleOf(end.failure, env.company.pausedUntil());
  return end.state;
}

function resultOf(
  { reportedDocuments }: DeliveryInput,
  invoice: EffectState,
  payment: EffectState | null,
): DeliveryResult {
  const documents = [
    ...(invoice.remote ? [writtenDocument('invoice', invoice.remote)] : []),
    ...(payment?.remote ? [writtenDocument('payment', payment.remote)] : []),
  ];
  const isNew = reportedDocuments === 0 && invoice.by !== 'adoption';
  const known = reportedDocuments === 0 ? adoptedCount(invoice, payment) : reportedDocuments;
  const outcome = isNew ? 'created' : documents.length > known ? 'updated' : 'unchanged';
  return { outcome, reason: null, documents };
}

function adoptedCount(...states: (EffectState | null)[]): number {
  return states.filter((state) => state?.by === 'adoption').length;
}
