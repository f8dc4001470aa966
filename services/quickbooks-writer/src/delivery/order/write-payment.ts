import { formatMinor } from '@tillstream/kernel';
import {
  buildPayment,
  isHeld,
  isRemoved,
  minorOfWire,
  type OrderPlan,
  ownershipMarker,
  planAccount,
  sourceOf,
} from '@tillstream/quickbooks';
import type { EffectState } from '../../ledger/domain/index.js';
import { adopt, ledgerState, linkedPayments, oursAmong } from './documents.js';
import type { OrderEnv } from './order-env.js';
import { troubleOf, valueOf } from '../../company/remote-answer.js';
import { hold, holdOf } from '../../company/trouble.js';
import { type Failure, writeDocument } from './write-document.js';

/** How QuickBooks refuses a payment for an invoice that is deleted, or voided: then its reason is the invoice's state. */
const MAY_MEAN_CHANGED: ReadonlySet<string> = new Set(['not_found', 'invalid_reference', 'rejected']);

/** B3: the one payment of a paid order; null when there is nothing to pay. What we took back is written again when asked. */
export async function writePayment(
  env: OrderEnv,
  plan: OrderPlan,
  invoice: EffectState,
  mayRecreate: boolean,
): Promise<EffectState | null> {
  const before = await ledgerState(env, 'payment');
  const { payment } = plan;
  if (before?.status === 'confirmed' && !before.gone && !isCorrectionOpen(before, payment)) return before;
  const invoiceId = invoice.remote?.id ?? '';
  if (payment === null) return null;
  if (before === null && invoice.by === 'adoption') {
    const adopted = await findOwnPayment(env, invoiceId);
    if (adopted) return adopted;
  }
  holdClosedPeriod(env, payment.txnDate);
  const built = buildPayment(plan, await paymentRefs(env, invoice, invoiceId), env.profile);
  if (built === null) return null;
  const end = await writeDocument(env, 'payment', built, before?.gone === true && mayRecreate);
  if (end.kind === 'written') return end.state;
  await explainRefusal(env, end.failure, invoiceId, built.predicted.totalMinor);
  throw troubleOf(end.failure, env.company.pausedUntil());
}

/**
 * A payment of ours was seen with another amount and its correction did not get through: a 429, a crash. What was
 * adopted with another amount is somebody's change and stays (B5).
 */
function isCorrectionOpen({ by, remote }: EffectState, payment: OrderPlan['payment']): boolean {
  return by !== 'adoption' && payment !== null && remote !== null && remote.totalMinor !== payment.amountMinor;
}

/** The payment of an invoice that this ledger did not write itself (a restored company, a lost data folder). */
async function findOwnPayment(env: OrderEnv, invoiceId: string): Promise<EffectState | null> {
  const marker = ownershipMarker('payment', env.sourceIdentity, sourceOf(env.order));
  const [found] = oursAmong(await linkedPayments(env, invoiceId), marker);
  return found ? adopt(env, 'payment', found) : null;
}

function holdClosedPeriod({ profile, order }: OrderEnv, txnDate: string): void {
  const { bookCloseDate } = profile;
  if (bookCloseDate === null || txnDate > bookCloseDate) return;
  throw hold(
    'period_closed',
    `Order ${order.number}: paid on ${txnDate}, the books are closed up to ${bookCloseDate}.`,
  );
}

async function paymentRefs(env: OrderEnv, invoice: EffectState, invoiceId: string) {
  const deposit = planAccount('depositTo', env.settings, env.profile, env.order.paymentMethod);
  if (isHeld(deposit)) throw holdOf(deposit);
  return {
    customerId: (invoice.body === null ? null : customerIn(invoice.body)) ?? (await customerOf(env, invoiceId)),
    invoiceId,
    depositToAccountId: deposit.kind === 'use' ? deposit.id : null,
    sourceIdentity: env.sourceIdentity,
  };
}

function customerIn(body: string): string | null {
  const { CustomerRef } = JSON.parse(body) as { CustomerRef?: { value?: string } };
  return CustomerRef?.value ?? null;
}

/** A payment must name the invoice's own customer (facts section 7). */
async function customerOf({ company, trail }: OrderEnv, invoiceId: string): Promise<string> {
  const invoice = valueOf(
    await company.read(trail, (api, caller) => api.readById(caller, 'Invoice', invoiceId)),
    company.pausedUntil(),
  );
  return customerIn(JSON.stringify(invoice)) ?? '';
}

/** Why a payment is refused that fits our books: somebody changed the invoice, or the account it goes to. */
async function explainRefusal(env: OrderEnv, failure: Failure, invoiceId: string, amountMinor: number): Promise<void> {
  if (!MAY_MEAN_CHANGED.has(failure.kind)) return;
  const { company, trail, order, profiles } = env;
  // The account may have been made inactive: the next attempt sees it.
  profiles.forget();
  const found = await company.read(trail, (api, caller) => api.readById(caller, 'Invoice', invoiceId));
  const what = `invoice ${invoiceId} of order ${order.number}`;
  if (found.kind === 'not_found') throw hold('removed_in_quickbooks', `The ${what} was removed in QuickBooks.`);
  const invoice = valueOf(found, company.pausedUntil());
  if (isRemoved(invoice)) throw hold('removed_in_quickbooks', `The ${what} was removed in QuickBooks.`);
  const open = minorOfWire(invoice['Balance'], order.currency);
  if (open >= amountMinor) return;
  const money = (minor: number) => `${formatMinor(minor, order.currency)} ${order.currency}`;
  throw hold(
    'edited_in_quickbooks',
    `The ${what} has ${money(open)} open in QuickBooks; the payment of ${money(amountMinor)} is not booked over it.`,
  );
}
