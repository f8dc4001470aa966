import { canonicalJson, minorDigits } from '@tillstream/kernel';
import type { Held } from './held.js';
import { ownershipMarker, shortNumber } from './identity.js';
import { invoiceBody } from './invoice-body.js';
import type {
  BuiltDocument,
  CompanyProfile,
  InvoiceRefs,
  JsonObject,
  OrderPlan,
  PaymentPlan,
  PaymentRefs,
} from './model.js';
import { wireAmount } from './numbers.js';
import { checkPrediction } from './plan-order.js';
import { privateNote, sourceOf } from './private-note.js';

/** The exact text of a body: canonical JSON, so that the same body is the same bytes in every attempt (D12). */
export function bodyText(body: JsonObject): string {
  return canonicalJson(body);
}

/** The invoice as it is sent; held with `total_mismatch` when it would not come out at the order's total (B1). */
export function buildInvoice(plan: OrderPlan, refs: InvoiceRefs, profile: CompanyProfile): BuiltDocument | Held {
  const body = invoiceBody(plan, refs, profile);
  const objection = checkPrediction(plan, body, profile);
  if (objection) return objection;
  return {
    kind: 'built',
    entity: 'Invoice',
    body,
    bodyText: bodyText(body),
    marker: ownershipMarker('invoice', refs.sourceIdentity, sourceOf(plan.order)),
    docNumber: plan.docNumber,
    txnDate: plan.txnDate,
    customerId: refs.customerId,
    predicted: plan.predicted,
    currency: plan.order.currency,
  };
}

/** The payment as it is sent. */
export function buildPayment(plan: PaymentPlan, refs: PaymentRefs, profile: CompanyProfile): BuiltDocument {
  const { order, amountMinor, txnDate, depositToAccountId } = plan;
  const marker = ownershipMarker('payment', refs.sourceIdentity, sourceOf(order));
  const reference = order.transactionId.trim();
  const number = reference === '' ? null : shortNumber(reference);
  const total = wireAmount(amountMinor, minorDigits(order.currency));
  const notes = [order.paymentMethodTitle, number === reference || number === null ? '' : `Transaction ${reference}`];
  const body: JsonObject = {
    CustomerRef: { value: refs.customerId },
    TotalAmt: total,
    TxnDate: txnDate,
    ...(profile.multiCurrency ? { CurrencyRef: { value: order.currency } } : {}),
    ...(depositToAccountId === null ? {} : { DepositToAccountRef: { value: depositToAccountId } }),
    ...(number === null ? {} : { PaymentRefNum: number }),
    Line: [{ Amount: total, LinkedTxn: [{ TxnId: refs.invoiceId, TxnType: 'Invoice' }] }],
    PrivateNote: privateNote(order, marker, notes.filter(Boolean), profile.isUs),
  };
  return {
    kind: 'built',
    entity: 'Payment',
    body,
    bodyText: bodyText(body),
    marker,
    docNumber: null,
    txnDate,
    customerId: refs.customerId,
    predicted: { totalMinor: amountMinor, taxMinor: 0 },
    currency: order.currency,
  };
}
