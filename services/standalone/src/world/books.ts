import { parseMinor } from '@tillstream/kernel';
import type { Ledger, OrderTruth } from '@tillstream/sandbox';
import { bareId, type FailureView } from '../client/api.js';
import type { AuditInput, HeldOrder, LedgerInvoice, LedgerPayment, ShopOrder } from '../audit/audit.js';

/** Turns what both sandboxes have in their own books into the audit's terms. Nothing of Tillstream is asked here. */
export function auditInput(
  orders: readonly OrderTruth[],
  ledger: Ledger,
  held: readonly HeldOrder[],
  selected: ReadonlySet<string>,
): AuditInput {
  return {
    orders: orders.map((order) => shopOrder(order, selected)),
    invoices: ledger.invoices.map(
      (document): LedgerInvoice => ({
        id: document.id,
        docNumber: document.docNumber ?? null,
        privateNote: document.privateNote ?? '',
        totalMinor: document.totalMinor,
        taxMinor: document.taxMinor,
        balanceMinor: document.openMinor,
        voided: document.state !== 'live',
        emailed: ledger.emails.some(({ entity, id }) => entity === 'Invoice' && id === document.id),
      }),
    ),
    payments: ledger.payments
      .filter(({ state }) => state === 'live')
      .map(
        (payment): LedgerPayment => ({
          id: payment.id,
          totalMinor: payment.totalMinor,
          invoiceIds: payment.applied.filter(({ entity }) => entity === 'Invoice').map(({ id }) => id),
        }),
      ),
    held,
  };
}

/** The orders that the product holds back from the books. */
export function heldOrders(failures: readonly FailureView[]): HeldOrder[] {
  return failures
    .filter(({ entity, target }) => entity === 'orders' && target === 'quickbooks')
    .map(({ entityId, code }) => ({ orderId: bareId(entityId), code }));
}

function shopOrder(order: OrderTruth, selected: ReadonlySet<string>): ShopOrder {
  return {
    id: String(order.id),
    number: order.number,
    status: order.status,
    totalMinor: amount(order.total, order.currency),
    taxMinor: amount(order.totalTax, order.currency),
    paid: order.datePaid !== null,
    selected: selected.has(order.status),
    plantedCode: order.planted ?? null,
  };
}

/** A planted order may have a total that is no number; nothing must be booked for it, so 0 compares right. */
function amount(text: string, currency: string): number {
  try {
    return parseMinor(text, currency);
  } catch {
    return 0;
  }
}
