import { InvariantError, minorDigits } from '@tillstream/kernel';
import { wireAddress } from './address.js';
import { emailNote, wireEmail } from './customers.js';
import { ownershipMarker } from './identity.js';
import type { CompanyProfile, InvoiceRefs, JsonObject, OrderPlan, PlannedLine } from './model.js';
import { wireAmount } from './numbers.js';
import { privateNote, sourceOf } from './private-note.js';
import { emailKey } from './text.js';
import { compact } from './wire-json.js';

/** Body of the Invoice (contract section 11). Throws `item_ref_missing` when a need has no item: a bug of the caller. */
export function invoiceBody(plan: OrderPlan, refs: InvoiceRefs, profile: CompanyProfile): JsonObject {
  const { order } = plan;
  const { isUs } = profile;
  const digits = minorDigits(order.currency);
  const marker = ownershipMarker('invoice', refs.sourceIdentity, sourceOf(order));
  return {
    DocNumber: plan.docNumber,
    TxnDate: plan.txnDate,
    DueDate: plan.txnDate,
    CustomerRef: { value: refs.customerId },
    ...(profile.multiCurrency ? { CurrencyRef: { value: order.currency } } : {}),
    Line: plan.lines.map((line) => invoiceLine(line, refs, digits)),
    ...taxMembers(plan, digits),
    ...compact({
      BillAddr: wireAddress(order.buyer.billing, isUs),
      ShipAddr: wireAddress(order.buyer.shipping, isUs),
      BillEmail: wireEmail(emailKey(order.buyer.email), isUs),
    }),
    // B15: an address on the document is information; NotSet keeps QuickBooks from mailing it.
    EmailStatus: 'NotSet',
    PrivateNote: privateNote(order, marker, noteLines(plan, isUs), isUs),
  };
}

function noteLines({ docNumber, order }: OrderPlan, isUs: boolean): string[] {
  const dated = { paid: 'payment', completed: 'completion' } as const;
  const email = emailNote(order.buyer.email, isUs);
  return [
    ...(docNumber.endsWith(order.number) ? [] : [`Number in full: ${order.number}`]),
    // B18: said, so that nobody takes it for the shop's word.
    ...(order.dateBasis ? [`Dated by its ${dated[order.dateBasis]}: the shop has no date of creation`] : []),
    ...(email === null ? [] : [email]),
  ];
}

function invoiceLine(line: PlannedLine, { itemIds }: InvoiceRefs, digits: number): JsonObject {
  const itemId = itemIds.get(line.item);
  if (itemId === undefined) throw new InvariantError('item_ref_missing', `no QuickBooks item for ${line.item}`);
  return {
    DetailType: 'SalesItemLineDetail',
    Amount: wireAmount(line.amountMinor, digits),
    ...compact({ Description: line.description }),
    SalesItemLineDetail: {
      ItemRef: { value: itemId },
      Qty: Number(line.quantity),
      UnitPrice: Number(line.unitPrice),
      ...(line.taxCode === null ? {} : { TaxCodeRef: { value: line.taxCode } }),
    },
  };
}

function taxMembers({ tax }: OrderPlan, digits: number): JsonObject {
  switch (tax.mode) {
    case 'none':
      return tax.global ? { GlobalTaxCalculation: 'NotApplicable' } : {};
    case 'usOverride':
      return {
        TxnTaxDetail: { TxnTaxCodeRef: { value: tax.codeId }, TotalTax: wireAmount(tax.totalTaxMinor, digits) },
      };
    case 'global': {
      const lines = tax.rates.map((rate) => ({
        DetailType: 'TaxLineDetail',
        Amount: wireAmount(rate.amountMinor, digits),
        TaxLineDetail: {
          TaxRateRef: { value: rate.rateId },
          PercentBased: true,
          TaxPercent: Number(rate.percent),
          NetAmountTaxable: wireAmount(rate.netMinor, digits),
        },
      }));
      const detail = { TxnTaxDetail: { TotalTax: wireAmount(tax.totalTaxMinor, digits), TaxLine: lines } };
      return { GlobalTaxCalculation: 'TaxExcluded', ...(lines.length > 0 ? detail : {}) };
    }
  }
}
