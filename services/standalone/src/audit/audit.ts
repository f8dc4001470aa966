/**
 * The independent comparison behind the demo and the crash matrix: the shop's own orders against QuickBooks' own
 * ledger. It reads neither Tillstream's state nor its word; `held` is the only thing taken from Tillstream, and every
 * held order must be one that was planted, with the code expected. Amounts are minor units.
 */
export interface ShopOrder {
  readonly id: string;
  readonly number: string;
  readonly status: string;
  readonly totalMinor: number;
  readonly taxMinor: number;
  readonly paid: boolean;
  /** Should it be in the books at all (status selected, in period)? */
  readonly selected: boolean;
  /** The code a planted bad record must be held with. */
  readonly plantedCode: string | null;
}

export interface LedgerInvoice {
  readonly id: string;
  readonly docNumber: string | null;
  readonly privateNote: string;
  readonly totalMinor: number;
  readonly taxMinor: number;
  readonly balanceMinor: number;
  readonly voided: boolean;
  readonly emailed: boolean;
}

export interface LedgerPayment {
  readonly id: string;
  readonly totalMinor: number;
  readonly invoiceIds: readonly string[];
}

export interface HeldOrder {
  readonly orderId: string;
  readonly code: string;
}

export interface AuditInput {
  readonly orders: readonly ShopOrder[];
  readonly invoices: readonly LedgerInvoice[];
  readonly payments: readonly LedgerPayment[];
  readonly held: readonly HeldOrder[];
}

export interface AuditReport {
  readonly orders: number;
  readonly documents: number;
  readonly held: number;
  readonly skipped: number;
  readonly payments: number;
  readonly invoicedMinor: number;
  readonly orderedMinor: number;
  readonly paidMinor: number;
  readonly problems: readonly AuditProblem[];
}

export type AuditProblemKind =
  | 'missing'
  | 'duplicate'
  | 'total_off'
  | 'tax_off'
  | 'payment_missing'
  | 'payment_duplicate'
  | 'payment_off'
  | 'payment_unexpected'
  | 'held_unexpectedly'
  | 'held_with_other_code'
  | 'planted_but_booked'
  | 'planted_but_not_held'
  | 'unexpected_document'
  | 'emailed';

export interface AuditProblem {
  readonly kind: AuditProblemKind;
  readonly order: string;
  readonly detail: string;
}

/** `Woo order 1042` is the first line of what Tillstream writes; foreign documents do not have it. */
const NOTE = /^Woo order (\S+)/;

function byOrderNumber(invoices: readonly LedgerInvoice[]): Map<string, LedgerInvoice[]> {
  const map = new Map<string, LedgerInvoice[]>();
  for (const invoice of invoices) {
    const number = NOTE.exec(invoice.privateNote)?.[1];
    if (number === undefined || invoice.voided) continue;
    map.set(number, [...(map.get(number) ?? []), invoice]);
  }
  return map;
}

function paymentsByInvoice(payments: readonly LedgerPayment[]): Map<string, LedgerPayment[]> {
  const map = new Map<string, LedgerPayment[]>();
  for (const payment of payments) {
    for (const id of payment.invoiceIds) map.set(id, [...(map.get(id) ?? []), payment]);
  }
  return map;
}

type Report = (kind: AuditProblemKind, order: ShopOrder, detail: string) => void;

function checkPayment(
  order: ShopOrder,
  invoice: LedgerInvoice,
  payments: readonly LedgerPayment[],
  report: Report,
): void {
  const due = order.paid && order.totalMinor > 0;
  if (!due) {
    if (payments.length > 0) report('payment_unexpected', order, `${payments.length} payment(s) for an unpaid order`);
    return;
  }
  if (payments.length === 0) report('payment_missing', order, `paid order, no payment on invoice ${invoice.id}`);
  if (payments.length > 1) report('payment_duplicate', order, payments.map(({ id }) => id).join(', '));
  for (const payment of payments) {
    if (payment.totalMinor !== order.totalMinor || invoice.balanceMinor !== 0) {
      report(
        'payment_off',
        order,
        `payment ${payment.totalMinor}, order ${order.totalMinor}, balance ${invoice.balanceMinor}`,
      );
    }
  }
}

function checkBooked(order: ShopOrder, invoices: readonly LedgerInvoice[], report: Report): void {
  if (invoices.length > 1) report('duplicate', order, `invoices ${invoices.map(({ id }) => id).join(', ')}`);
  for (const invoice of invoices) {
    if (invoice.totalMinor !== order.totalMinor)
      report('total_off', order, `${invoice.totalMinor} instead of ${order.totalMinor}`);
    if (invoice.taxMinor !== order.taxMinor)
      report('tax_off', order, `${invoice.taxMinor} instead of ${order.taxMinor}`);
    if (invoice.emailed) report('emailed', order, `invoice ${invoice.id} was e-mailed`);
  }
}

function checkOrder(
  order: ShopOrder,
  invoices: readonly LedgerInvoice[],
  heldCode: string | undefined,
  report: Report,
): void {
  if (!order.selected) {
    if (invoices.length > 0) report('unexpected_document', order, `status ${order.status}`);
    return;
  }
  if (order.plantedCode !== null) {
    if (invoices.length > 0) report('planted_but_booked', order, `expected ${order.plantedCode}`);
    if (heldCode === undefined) report('planted_but_not_held', order, `expected ${order.plantedCode}`);
    else if (heldCode !== order.plantedCode)
      report('held_with_other_code', order, `${heldCode} instead of ${order.plantedCode}`);
    return;
  }
  if (heldCode !== undefined) report('held_unexpectedly', order, heldCode);
  else if (invoices.length === 0) report('missing', order, `status ${order.status}, total ${order.totalMinor}`);
  checkBooked(order, invoices, report);
}

export function audit(input: AuditInput): AuditReport {
  const problems: AuditProblem[] = [];
  const report: Report = (kind, order, detail) => problems.push({ kind, order: order.number, detail });
  const invoicesOf = byOrderNumber(input.invoices);
  const paymentsOf = paymentsByInvoice(input.payments);
  const heldCodes = new Map(input.held.map(({ orderId, code }) => [orderId, code]));
  let [documents, held, skipped, payments, invoicedMinor, orderedMinor, paidMinor] = [0, 0, 0, 0, 0, 0, 0];
  for (const order of input.orders) {
    const invoices = invoicesOf.get(order.number) ?? [];
    const heldCode = heldCodes.get(order.id);
    checkOrder(order, invoices, heldCode, report);
    if (!order.selected) skipped += 1;
    else if (heldCode !== undefined) held += 1;
    documents += invoices.length;
    for (const invoice of invoices) {
      const paid = paymentsOf.get(invoice.id) ?? [];
      checkPayment(order, invoice, paid, report);
      payments += paid.length;
      invoicedMinor += invoice.totalMinor;
      paidMinor += paid.reduce((sum, { totalMinor }) => sum + totalMinor, 0);
      orderedMinor += order.totalMinor;
    }
  }
  return {
    orders: input.orders.length,
    documents,
    held,
    skipped,
    payments,
    invoicedMinor,
    orderedMinor,
    paidMinor,
    problems,
  };
}

/** Do the books agree to the cent, with every order accounted for? */
export function agrees(report: AuditReport): boolean {
  return report.problems.length === 0 && report.documents + report.held + report.skipped === report.orders;
}
