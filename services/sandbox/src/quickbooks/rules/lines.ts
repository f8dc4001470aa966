import type { Company, Stored } from '../company.js';
import { decimal, minorOf, ratioNumber, times } from '../decimal.js';
import { faults } from '../fault.js';
import { amount, type FieldTable, flag, price, quantity, ref, text } from '../fields.js';
import { isObject, type JsonObject, objectsAt, refId, textAt } from '../json.js';
import { accountAt, refTo, resolve } from './references.js';

/** Writable fields of a sales form's line. */
export const LINE_FIELDS: FieldTable = {
  Id: text(30),
  DetailType: text(60),
  Amount: amount,
  Description: text(4000),
  SalesItemLineDetail: {
    kind: 'object',
    fields: {
      ItemRef: ref,
      Qty: quantity,
      UnitPrice: price,
      TaxCodeRef: ref,
      ServiceDate: { kind: 'date' },
    },
  },
  DiscountLineDetail: {
    kind: 'object',
    fields: { PercentBased: flag, DiscountPercent: quantity, DiscountAccountRef: ref },
  },
};

/** A line as the tax rules need it: signed amount (decimal, scale 10) and tax code; `view` is what answers show. */
export interface SalesLine {
  readonly net: bigint;
  readonly taxCode: string | undefined;
  readonly input: JsonObject;
  readonly view: JsonObject;
}

/** The pseudo item that stands for shipping; exists only when shipping is allowed. */
const SHIPPING = 'SHIPPING_ITEM_ID';

/**
 * The lines of a sales form: at least one, each with its own Id (kept when it names a line that was there), amounts
 * equal to quantity times price (6070), items that exist and are active. Sub-total lines that were sent are ignored.
 */
export function salesLines(company: Company, draft: JsonObject, before: Stored | undefined): readonly SalesLine[] {
  const sent = objectsAt(draft, 'Line').filter((line) => line.DetailType !== 'SubTotalLineDetail');
  if (sent.length === 0) throw faults.required('Line');
  const knownIds = new Set(objectsAt(before?.input, 'Line').map((line) => String(line.Id)));
  let nextId = Math.max(0, ...[...knownIds].map(Number));
  let discounts = 0;
  return sent.map((line, index) => {
    const keeps = typeof line.Id === 'string' && knownIds.has(line.Id);
    if (!keeps) nextId += 1;
    const head: JsonObject = { Id: keeps ? line.Id : String(nextId), LineNum: index + 1 };
    switch (line.DetailType) {
      case 'SalesItemLineDetail':
        return itemLine(company, { ...line, ...head }, textAt(draft, 'TxnDate'));
      case 'DiscountLineDetail':
        discounts += 1;
        if (discounts > 1) throw faults.business('Only one discount line is allowed per transaction', 'Line');
        return discountLine(company, { ...line, ...head });
      case 'DescriptionOnly':
        return descriptionLine({ ...line, ...head });
      case undefined:
        throw faults.required('Line.DetailType');
      default:
        throw faults.badProperty('Line.DetailType');
    }
  });
}

function itemLine(company: Company, line: JsonObject, txnDate: string | undefined): SalesLine {
  const net = decimal(line.Amount);
  if (net === undefined) throw faults.required('Line.Amount');
  const detail = isObject(line.SalesItemLineDetail) ? line.SalesItemLineDetail : {};
  const priced = pricing(company, line.Amount, net, detail);
  const item = soldItem(company, detail, txnDate);
  const taxCode = refId(detail, 'TaxCodeRef');
  const input = { ...line, SalesItemLineDetail: { ...detail, ...priced } };
  const view = { ...line, SalesItemLineDetail: { ...detail, ...priced, ItemRef: item } };
  return { net, taxCode, input, view };
}

function pricing(company: Company, sent: unknown, net: bigint, detail: JsonObject): JsonObject {
  const qty = decimal(detail.Qty);
  const unitPrice = decimal(detail.UnitPrice);
  if (qty !== undefined && unitPrice !== undefined) {
    const { rounding } = company.switches;
    const product = minorOf(times(qty, unitPrice), company.digits, rounding, 20);
    if (product !== minorOf(net, company.digits, rounding)) throw faults.amount(sent);
  }
  if (qty !== undefined && unitPrice === undefined && qty !== 0n) return { UnitPrice: ratioNumber(net, qty) };
  return {};
}

function soldItem(company: Company, detail: JsonObject, txnDate: string | undefined): JsonObject {
  const path = 'Line.SalesItemLineDetail.ItemRef';
  const id = refId(detail, 'ItemRef');
  if (id === undefined) throw faults.required(path);
  if (id === SHIPPING) {
    if (!company.switches.allowShipping) throw faults.featureOff('shipping');
    return { value: SHIPPING };
  }
  const item = resolve(company, 'Item', id, path);
  const start = textAt(item.input, 'InvStartDate');
  if (item.input.Type === 'Inventory' && start !== undefined && txnDate !== undefined && txnDate < start) {
    throw faults.beforeInventoryStart();
  }
  if (item.input.Type === 'Category') throw faults.business('A category cannot be sold', path);
  return refTo(item);
}

function discountLine(company: Company, line: JsonObject): SalesLine {
  if (!company.switches.allowDiscount) throw faults.featureOff('discount');
  const amountOff = decimal(line.Amount);
  if (amountOff === undefined) throw faults.required('Line.Amount');
  if (amountOff < 0n) throw faults.business('The discount amount must be positive', 'Line.Amount');
  accountAt(company, line, 'DiscountLineDetail.DiscountAccountRef', ['Income', 'Expense', 'Cost of Goods Sold']);
  return { net: -amountOff, taxCode: undefined, input: line, view: line };
}

function descriptionLine(line: JsonObject): SalesLine {
  const { Amount: _ignored, ...kept } = line;
  return { net: 0n, taxCode: undefined, input: kept, view: kept };
}
