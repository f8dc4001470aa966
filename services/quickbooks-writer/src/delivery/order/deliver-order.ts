import type { CanonicalOrder, WrittenDocument } from '@tillstream/contracts';
import { formatMinor } from '@tillstream/kernel';
import { type BuiltDocument, buildInvoice, isHeld, type OrderPlan, planOrder } from '@tillstream/quickbooks';
import type { EffectState } from '../../ledger/domain/index.js';
import { type DeliveryInput, type DeliveryResult, skipped } from '../delivery-result.js';
import { ledgerState, lookupOf, writtenDocument } from './documents.js';
import { ensureCustomer } from '../names/ensure-customer.js';
import { ensureItems } from '../names/ensure-items.js';
import type { OrderEnv } from './order-env.js';
import { isUnresolved, resolveUnknown } from '../../ledger/perform-effect.js';
import { troubleOf } from '../../company/remote-answer.js';
import { checkNumber, holdDuplicates } from './standing-documents.js';
import { causedBy, deferral, hold, holdOf } from '../../company/trouble.js';
import { writeDocument } from './write-document.js';
import { writePayment } from './write-payment.js';

/** Statuses that end an order without a sale (B6). */
const CANCELLED = new Set(['cancelled', 'failed', 'trash', 'deleted']);

/**
 * Brings one order to QuickBooks: customer, items, invoice, payment (design section 5). Re-entrant: every step looks at
 * its ledger entry first, so a repetition after a crash writes nothing twice. Throws a Hold or a Deferral.
 */
export async function deliverOrder(env: OrderEnv, input: DeliveryInput): Promise<DeliveryResult> {
  const { order, profile, settings } = env;
  await resolveEarlierSends(env);
  await holdDuplicates(env);
  const before = await ledgerState(env, 'invoice');
  const written = before !== null && before.remote !== null && !before.gone;
  const left = statusLeft(env, written);
  if (left) return left;
  if (before && isSettledEdit(before, env)) throw edited(order);
  // B2: books closed after the invoice was written do not hold its later payment; that has a date of its own.
  const plan = planOrder(order, settings, written ? { ...profile, bookCloseDate: null } : profile);
  if (isHeld(plan)) throw holdOf(plan);
  const invoice = written && before.status === 'confirmed' ? before : await writeInvoice(env, plan, input, before);
  const checked = await verifyInvoice(env, plan, invoice, input);
  if (checked.sourceHash !== null && checked.sourceHash !== env.sourceHash) throw edited(order);
  const payment = await writePayment(env, plan, checked, input.reason !== 'changed');
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
export async function orderDocuments(env: OrderEnv): Promise<readonly WrittenDocument[]> {
  const documents: WrittenDocument[] = [];
  for (const kind of ['invoice', 'payment'] as const) {
    const state = await ledgerState(env, kind);
    if (state?.remote && !state.gone) documents.push(writtenDocument(kind, state.remote));
  }
  return documents;
}

/** B6: what a status outside the list means; null = go on. */
function statusLeft({ order, orderSettings, settings }: OrderEnv, written: boolean): DeliveryResult | null {
  if (orderSettings.statuses.includes(order.status)) return null;
  const cancelled = CANCELLED.has(order.status);
  if (!written && !cancelled) return null;
  if (written && cancelled && settings.onOrderCancelled !== 'keep') {
    throw hold('order_cancelled', `Order ${order.number} is ${order.status} and has an invoice.`);
  }
  return skipped('status_left', `The order is ${order.status} now.`);
}

/** The invoice stands as it was first written and the order says something else now. */
function isSettledEdit(before: EffectState, { sourceHash }: OrderEnv): boolean {
  if (before.status !== 'confirmed' || before.gone || before.sourceHash === null) return false;
  return before.sourceHash !== sourceHash;
}

function edited(order: CanonicalOrder) {
  return hold('order_edited', `Order ${order.number} was changed after its invoice was written.`);
}

async function writeInvoice(
  env: OrderEnv,
  plan: OrderPlan,
  input: DeliveryInput,
  before: EffectState | null,
): Promise<EffectState> {
  const built = await builtInvoice(env, plan);
  if (before?.status !== 'absent' || before.sourceHash !== env.sourceHash) {
    const adopted = await checkNumber(env, built, before);
    if (adopted) return adopted;
  }
  const end = await writeDocument(env, 'invoice', built, mayRecreate(before, env, input));
  env.docNumbers.forget(plan.docNumber);
  if (end.kind === 'written') return end.state;
  const { failure } = end;
  if (failure.kind === 'duplicate_doc_number') {
    const adopted = await checkNumber(env, built, await ledgerState(env, 'invoice'));
    if (adopted) return adopted;
  }
  if (failure.kind === 'period_closed') env.profiles.forget();
  if (failure.kind === 'invalid_reference' || failure.kind === 'not_found') await matchAnew(env, built);
  throw troubleOf(failure, env.company.pausedUntil());
}

/** What we took back is written again when a person asks for it, or when the order says something else (B1). */
function mayRecreate(before: EffectState | null, { sourceHash }: OrderEnv, { reason }: DeliveryInput): boolean {
  return before?.gone === true && (reason !== 'changed' || before.sourceHash !== sourceHash);
}

/**
 * A reference is gone: everything remembered is read again. Throws a Deferral when the document refers to something
 * else now, a Hold when nothing fits any more (`customer_gone`, `item_gone`, `tax_unmapped`).
 */
async function matchAnew(env: OrderEnv, refused: BuiltDocument): Promise<void> {
  const { directories, profiles, trail, order, settings } = env;
  await directories.freshNames(trail, Number.NEGATIVE_INFINITY);
  await directories.freshItems(trail, Number.NEGATIVE_INFINITY);
  profiles.forget();
  const profile = await profiles.get(trail);
  const plan = planOrder(order, settings, profile);
  if (isHeld(plan)) throw holdOf(plan);
  const { bodyText } = await builtInvoice({ ...env, profile }, plan);
  if (bodyText === refused.bodyText) return;
  throw deferral('quickbooks_busy', 'A customer, item or tax code changed in QuickBooks; it is matched anew.');
}

async function builtInvoice(env: OrderEnv, plan: OrderPlan): Promise<BuiltDocument> {
  const { source, buyer } = env.order;
  const cause = buyer.id === null ? undefined : ({ entity: 'customers', sourceId: `${source}:${buyer.id}` } as const);
  const customerId = await causedBy(cause, () => ensureCustomer(env, env.order));
  const itemIds = await ensureItems(env, plan.items);
  const built = buildInvoice(plan, { customerId, itemIds, sourceIdentity: env.sourceIdentity }, env.profile);
  if (isHeld(built)) throw holdOf(built);
  return built;
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
  const fits = totalMinor === predicted.totalMinor && taxMinor === predicted.taxMinor;
  if (fits && !invoice.mixed) return invoice;
  if (invoice.by === 'adoption') {
    const amount = totalMinor === null ? '?' : formatMinor(totalMinor, order.currency);
    throw hold('order_edited', `Order ${order.number} differs from its invoice in QuickBooks (${amount}).`);
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
