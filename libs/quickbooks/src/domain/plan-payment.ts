import type { CanonicalOrder, QuickBooksSettings } from '@tillstream/contracts';
import { planAccount } from './accounts.js';
import { held, type Held, isHeld } from './held.js';
import type { CompanyProfile, PaymentPlan } from './model.js';
import { isClosed, isPaid } from './order-checks.js';

/**
 * The one payment of a paid order (B3), or the reason to hold it: `period_closed`, `account_missing`. null while the
 * order is not paid, and for a total of 0.
 */
export function planPayment(
  order: CanonicalOrder,
  settings: QuickBooksSettings,
  profile: CompanyProfile,
): PaymentPlan | Held | null {
  const { paidDate, totalMinor } = order;
  if (paidDate === null || !isPaid(order)) return null;
  const { bookCloseDate } = profile;
  if (isClosed(paidDate, bookCloseDate)) {
    return held(
      'period_closed',
      `Order ${order.number} was paid on ${paidDate}; the books are closed up to ${bookCloseDate}.`,
    );
  }
  const account = planAccount('depositTo', settings, profile, order.paymentMethod);
  if (isHeld(account)) return account;
  const depositToAccountId = account.kind === 'use' ? account.id : null;
  return { kind: 'planned', order, amountMinor: totalMinor, txnDate: paidDate, depositToAccountId };
}
