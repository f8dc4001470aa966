import { formatMinor } from '@tillstream/kernel';
import type {
  AnswerCheck,
  BuiltDocument,
  Difference,
  JsonObject,
  OwnedCheck,
  OwnedFields,
  Totals,
  WireEntity,
} from './model.js';
import { minorOfWire } from './numbers.js';
import { listAt, objectAt, textAt } from './wire-json.js';

/** Total and tax of an Invoice or Payment as QuickBooks sent it, in minor units. */
export function wireTotals(entity: WireEntity, currency: string): Totals {
  return {
    totalMinor: minorOfWire(entity['TotalAmt'], currency),
    taxMinor: minorOfWire(objectAt(entity, 'TxnTaxDetail')['TotalTax'], currency),
  };
}

/** What of a Payment stands against documents, in minor units; the rest hangs in the customer's account. */
export function appliedMinor(payment: WireEntity, currency: string): number {
  return minorOfWire(payment['TotalAmt'], currency) - minorOfWire(payment['UnappliedAmt'], currency);
}

/**
 * QuickBooks' answer against the prediction (B1): total, tax, customer, and for a payment that all of it is applied.
 * A number QuickBooks replaced (it may when CustomTxnNumbers is off) is reported apart: the books are still right.
 */
export function checkAnswer(sent: BuiltDocument, answer: WireEntity): AnswerCheck {
  const actual = wireTotals(answer, sent.currency);
  const money = (minor: number) => formatMinor(minor, sent.currency);
  const pairs: [string, string, string][] = [
    ['TotalAmt', money(sent.predicted.totalMinor), money(actual.totalMinor)],
    ['CustomerRef', sent.customerId, textAt(answer, 'CustomerRef', 'value')],
  ];
  if (sent.entity === 'Invoice') pairs.push(['TotalTax', money(sent.predicted.taxMinor), money(actual.taxMinor)]);
  else pairs.push(['UnappliedAmt', money(0), money(minorOfWire(answer['UnappliedAmt'], sent.currency))]);
  const differences = differing(pairs);
  const docNumberKept = sent.docNumber === null || textAt(answer, 'DocNumber') === sent.docNumber;
  return differences.length === 0 ? { kind: 'ok', docNumberKept } : { kind: 'differs', docNumberKept, differences };
}

function differing(pairs: readonly (readonly [string, string, string])[]): Difference[] {
  return pairs
    .filter(([, expected, actual]) => expected !== actual)
    .map(([field, expected, actual]) => ({ field, expected, actual }));
}

const TEXTS = ['DocNumber', 'TxnDate', 'DueDate', 'PrivateNote', 'PaymentRefNum', 'GlobalTaxCalculation', 'TotalAmt'];
const REFERENCES = ['CustomerRef', 'CurrencyRef', 'DepositToAccountRef'];
const ADDRESSES = ['BillAddr', 'ShipAddr'];
const ADDRESS_PARTS = [
  'Line1',
  'Line2',
  'Line3',
  'Line4',
  'Line5',
  'City',
  'CountrySubDivisionCode',
  'PostalCode',
  'Country',
];

/**
 * The fields of ours in a document, normalised (B5). Take it from QuickBooks' answer to our own write, so that what
 * QuickBooks normalises by itself is not taken for somebody's edit. Tokens, balances, links and foreign fields are out.
 */
export function ownedFields(entity: JsonObject | WireEntity): OwnedFields {
  const owned: Record<string, string> = {};
  const put = (field: string, value: string) => {
    if (value !== '') owned[field] = value;
  };
  for (const field of TEXTS) put(field, textAt(entity, field));
  for (const field of REFERENCES) put(field, textAt(entity, field, 'value'));
  for (const field of ADDRESSES)
    put(
      field,
      ADDRESS_PARTS.map((part) => textAt(entity, field, part))
        .join('\n')
        .trim(),
    );
  put('BillEmail', textAt(entity, 'BillEmail', 'Address'));
  put('TotalTax', textAt(entity, 'TxnTaxDetail', 'TotalTax'));
  put('Line', ownLines(entity).join('\n'));
  return owned;
}

/** One text per line of ours; QuickBooks' own subtotal line is not. */
function ownLines(entity: JsonObject | WireEntity): string[] {
  return listAt(entity, 'Line')
    .filter((line) => textAt(line, 'DetailType') !== 'SubTotalLineDetail')
    .map((line) => {
      const links = listAt(line, 'LinkedTxn').map((link) => `${textAt(link, 'TxnType')}:${textAt(link, 'TxnId')}`);
      const detail = objectAt(line, 'SalesItemLineDetail');
      const parts = [
        textAt(line, 'Amount'),
        textAt(detail, 'ItemRef', 'value'),
        textAt(detail, 'Qty'),
        textAt(detail, 'UnitPrice'),
      ];
      return JSON.stringify([...parts, textAt(detail, 'TaxCodeRef', 'value'), textAt(line, 'Description'), ...links]);
    });
}

/** Whether somebody changed or took away what we wrote (B5). */
export function checkOwned(owned: OwnedFields, remote: WireEntity): OwnedCheck {
  if (isRemoved(remote)) return { kind: 'removed' };
  const now = ownedFields(remote);
  const pairs = Object.entries(owned).map(([field, value]) => [field, value, now[field] ?? ''] as const);
  const differences = differing(pairs);
  return differences.length === 0 ? { kind: 'untouched' } : { kind: 'edited', differences };
}

/** Deleted, or voided: amounts 0 and a note that QuickBooks begins with "Voided". */
export function isRemoved(remote: WireEntity): boolean {
  if (remote['status'] === 'Deleted') return true;
  return Number(remote['TotalAmt'] ?? 0) === 0 && textAt(remote, 'PrivateNote').startsWith('Voided');
}
