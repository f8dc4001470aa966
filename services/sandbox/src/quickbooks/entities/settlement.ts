import type { Company, Stored } from '../company.js';
import { toNumber } from '../decimal.js';
import { type JsonObject, objectsAt } from '../json.js';
import { applicationsOf, unapplied } from './applications.js';

/** Payments and the transactions they are applied to, seen from the transaction. */
export function refreshOpen(company: Company, target: Stored): void {
  const payments = [...company.paymentsOf(target.id)].map((id) => company.get('Payment', id));
  const linked: JsonObject[] = [];
  let applied = 0;
  for (const payment of payments) {
    const mine = applicationsOf(company, payment?.input).filter(
      ({ entity, id }) => entity === target.entity && id === target.id,
    );
    if (!payment || mine.length === 0) continue;
    applied += mine.reduce((sum, { minor }) => sum + minor, 0);
    linked.push({ TxnId: payment.id, TxnType: 'Payment' });
  }
  const total = target.amounts?.total ?? 0;
  target.amounts = { total, tax: target.amounts?.tax ?? 0, open: total - applied };
  showOpen(company, target, linked);
}

/** Balance of an invoice, remaining credit of a credit memo. */
function showOpen(company: Company, target: Stored, linked: readonly JsonObject[]): void {
  const open = toNumber(BigInt(target.amounts?.open ?? 0), company.digits);
  const shown =
    target.entity === 'CreditMemo' ? { Balance: open, RemainingCredit: open } : { Balance: open, Deposit: 0 };
  target.computed = { ...target.computed, ...shown, LinkedTxn: linked };
}

/**
 * Takes a transaction out of the payments applied to it, wholly or down to `keepMinor`: the money returns to their
 * UnappliedAmt and their SyncToken grows.
 */
export function releasePayments(company: Company, target: Stored, keepMinor = 0): void {
  let keep = keepMinor;
  for (const paymentId of company.paymentsOf(target.id)) {
    const payment = company.get('Payment', paymentId);
    if (!payment) continue;
    const kept: JsonObject[] = [];
    let changed = false;
    for (const line of objectsAt(payment.input, 'Line')) {
      const [application] = applicationsOf(company, { Line: [line] });
      if (application?.entity !== target.entity || application.id !== target.id) {
        kept.push(line);
        continue;
      }
      const stays = Math.min(keep, application.minor);
      keep -= stays;
      changed ||= stays !== application.minor;
      if (stays > 0) kept.push({ ...line, Amount: toNumber(BigInt(stays), company.digits) });
    }
    if (changed) rewriteLines(company, payment, target, kept);
  }
}

function rewriteLines(company: Company, payment: Stored, target: Stored, lines: readonly JsonObject[]): void {
  payment.input = { ...payment.input, Line: lines };
  const applications = applicationsOf(company, payment.input);
  const total = payment.amounts?.total ?? 0;
  const open = unapplied(total, applications);
  payment.amounts = { total, tax: 0, open };
  payment.computed = { ...payment.computed, Line: lines, UnappliedAmt: toNumber(BigInt(open), company.digits) };
  if (!applications.some(({ entity, id }) => entity === target.entity && id === target.id)) {
    company.link(target.id, payment.id, false);
  }
  company.bump(payment);
}
