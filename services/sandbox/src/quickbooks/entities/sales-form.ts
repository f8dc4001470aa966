import type { Company, EntityName, Stored } from '../company.js';
import { minorOf, toNumber } from '../decimal.js';
import { faults } from '../fault.js';
import { address, date, email, type FieldTable, flag, price, amount, ref, text } from '../fields.js';
import { isObject, type JsonObject, textAt } from '../json.js';
import type { EntityRules, Prepared, WriteContext } from '../rules/context.js';
import { currencyFields, currencyOf } from '../rules/currency.js';
import { docNumberOf } from '../rules/doc-numbers.js';
import { globalTax } from '../rules/global-tax.js';
import { LINE_FIELDS, type SalesLine, salesLines } from '../rules/lines.js';
import { requireOpenPeriod } from '../rules/periods.js';
import { accountAt, namedRefs, refTo, resolveAt } from '../rules/references.js';
import { type TaxResult, usTax, usTaxCode } from '../rules/us-tax.js';
import { moveStock } from './stock.js';

/** Fields every sales form takes (facts section 7). */
const FORM_FIELDS: FieldTable = {
  DocNumber: text(21),
  TxnDate: date,
  PrivateNote: text(4000),
  CustomerMemo: { kind: 'object', fields: { value: text(1000) } },
  CustomerRef: ref,
  CurrencyRef: ref,
  ExchangeRate: price,
  GlobalTaxCalculation: { kind: 'choice', of: ['TaxExcluded', 'TaxInclusive', 'NotApplicable'] },
  Line: { kind: 'list', fields: LINE_FIELDS },
  TxnTaxDetail: {
    kind: 'object',
    fields: {
      TxnTaxCodeRef: ref,
      TotalTax: amount,
      TaxLine: {
        kind: 'list',
        fields: {
          Amount: amount,
          DetailType: text(30),
          TaxLineDetail: {
            kind: 'object',
            fields: { TaxRateRef: ref, PercentBased: flag, TaxPercent: price, NetAmountTaxable: amount },
          },
        },
      },
    },
  },
  BillAddr: address,
  ShipAddr: address,
  BillEmail: email,
  EmailStatus: { kind: 'choice', of: ['NotSet', 'NeedToSend', 'EmailSent'] },
  PrintStatus: { kind: 'choice', of: ['NotSet', 'NeedToPrint', 'PrintComplete'] },
  ApplyTaxAfterDiscount: flag,
  CustomField: {
    kind: 'list',
    fields: { DefinitionId: text(10), Name: text(30), Type: text(30), StringValue: text(31) },
  },
};

export interface SalesFormOptions {
  readonly name: EntityName;
  readonly fields: FieldTable;
  readonly filterable: readonly string[];
  readonly customerRequired: boolean;
  /** Whether the total stays open until payments or credits are applied. */
  readonly opensBalance: boolean;
  /** +1: goods leave, -1: goods come back. */
  readonly stockSign: 1 | -1;
  readonly voidable: boolean;
  /** Fields and checks of one form only. */
  extra(draft: JsonObject, context: WriteContext, customer: Stored | undefined): JsonObject;
}

/** An invoice, sales receipt, credit memo or refund receipt: customer, lines, tax, total. */
export function salesForm(options: SalesFormOptions): EntityRules {
  return {
    name: options.name,
    kind: 'transaction',
    fields: { ...FORM_FIELDS, ...options.fields },
    filterable: ['DocNumber', 'TxnDate', 'CustomerRef', 'TotalAmt', ...options.filterable],
    deletable: true,
    voidable: options.voidable,
    prepare: (draft, context) => prepareForm(options, draft, context),
    settle: (stored, before, { company }) => {
      moveStock(company, before, options.stockSign);
      if (stored.state !== 'deleted') moveStock(company, stored.input, options.stockSign === 1 ? -1 : 1);
      if (stored.input.EmailStatus === 'NeedToSend' && before?.EmailStatus !== 'NeedToSend') {
        company.emails.push({ at: company.now(), entity: stored.entity, id: stored.id });
      }
    },
  };
}

function prepareForm(options: SalesFormOptions, given: JsonObject, context: WriteContext): Prepared {
  const { company, before } = context;
  const draft: JsonObject = { ...given, TxnDate: textAt(given, 'TxnDate') ?? before?.input.TxnDate ?? company.today() };
  const customer = resolveAt(company, 'Customer', draft, 'CustomerRef');
  if (!customer && options.customerRequired) throw faults.required('CustomerRef');
  requireOpenPeriod(company, draft, before?.input);
  const currency = currencyOf(company, draft, customer);
  const lines = salesLines(company, draft, before);
  const taxed = company.isUs ? usTax(company, draft, lines) : globalTax(company, draft, lines);
  const tax = withOffset(company, taxed, context.taxOffsetMinor);
  const net = lines.reduce((sum, line) => sum + line.net, 0n);
  const total = minorOf(net, company.digits, company.switches.rounding) + tax.tax;
  if (total < 0n) throw faults.business('Transaction amount must be 0 or greater.');
  const extra = options.extra(draft, context, customer);
  const docNumber = docNumberOf(company, options.name, draft.DocNumber, before);
  const input: JsonObject = { ...draft, DocNumber: docNumber, Line: lines.map((line) => line.input) };
  input.EmailStatus ??= 'NotSet';
  const amounts = { total: Number(total), tax: Number(tax.tax), open: options.opensBalance ? Number(total) : 0 };
  const computed: JsonObject = {
    ...defaultsFrom(customer, draft),
    ...extra,
    ...(customer ? { CustomerRef: refTo(customer) } : {}),
    ...currencyFields(company, currency, draft),
    Line: shownLines(company, lines),
    TxnTaxDetail: tax.detail,
    TotalAmt: toNumber(total, company.digits),
    PrintStatus: draft.PrintStatus ?? 'NeedToPrint',
    CustomField: draft.CustomField ?? [],
    ...(company.isUs
      ? { ApplyTaxAfterDiscount: draft.ApplyTaxAfterDiscount ?? false }
      : { GlobalTaxCalculation: draft.GlobalTaxCalculation ?? 'TaxExcluded' }),
  };
  return { input, computed, amounts };
}

/** The fault `wrongTotal`: the company books another tax than asked. */
function withOffset(company: Company, taxed: TaxResult, offset: number): TaxResult {
  if (offset === 0) return taxed;
  const tax = taxed.tax + BigInt(offset);
  return { tax, detail: { ...taxed.detail, TotalTax: toNumber(tax, company.digits) } };
}

/** Addresses default from the customer. */
function defaultsFrom(customer: Stored | undefined, draft: JsonObject): JsonObject {
  const defaults: JsonObject = {};
  for (const field of ['BillAddr', 'ShipAddr']) {
    if (!isObject(draft[field]) && isObject(customer?.input[field])) defaults[field] = customer.input[field];
  }
  return defaults;
}

/** The lines as answers show them: US lines with TAX or NON, and QuickBooks' own sub-total line without Id at the end. */
function shownLines(company: Company, lines: readonly SalesLine[]): readonly JsonObject[] {
  const shown = lines.map(({ view, taxCode }) => {
    const detail = view.SalesItemLineDetail;
    if (!company.isUs || !isObject(detail)) return view;
    return { ...view, SalesItemLineDetail: { ...detail, TaxCodeRef: { value: usTaxCode(taxCode) } } };
  });
  const net = lines
    .filter((line) => line.input.DetailType === 'SalesItemLineDetail')
    .reduce((sum, line) => sum + line.net, 0n);
  const subTotal = minorOf(net, company.digits, company.switches.rounding);
  return [
    ...shown,
    { Amount: toNumber(subTotal, company.digits), DetailType: 'SubTotalLineDetail', SubTotalLineDetail: {} },
  ];
}

/** Adds days to a calendar date. */
export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Due date from the invoice's own terms, the customer's, or the company's default. */
function dueDate(draft: JsonObject, { company }: WriteContext, customer: Stored | undefined): JsonObject {
  const term =
    resolveAt(company, 'Term', draft, 'SalesTermRef') ??
    (customer && resolveAt(company, 'Term', customer.input, 'SalesTermRef'));
  const days = typeof term?.input.DueDays === 'number' ? term.input.DueDays : company.switches.defaultTermDays;
  return {
    DueDate: textAt(draft, 'DueDate') ?? plusDays(textAt(draft, 'TxnDate') ?? company.today(), days),
    ...(term ? { SalesTermRef: refTo(term) } : {}),
  };
}

export const invoice = salesForm({
  name: 'Invoice',
  fields: { DueDate: date, SalesTermRef: ref, ShipDate: date, TrackingNum: text(31) },
  filterable: ['DueDate', 'Balance'],
  customerRequired: true,
  opensBalance: true,
  stockSign: 1,
  voidable: true,
  extra: dueDate,
});

const PAID_FIELDS: FieldTable = { PaymentMethodRef: ref, PaymentRefNum: text(21), DepositToAccountRef: ref };

/** The account money goes to or comes from, checked by type. */
function moneyAccount(draft: JsonObject, { company }: WriteContext): JsonObject {
  const found = accountAt(company, draft, 'DepositToAccountRef', ['Bank', 'Other Current Asset']);
  return {
    ...namedRefs(company, draft, { PaymentMethodRef: 'PaymentMethod' }),
    ...(found ? { DepositToAccountRef: refTo(found) } : {}),
  };
}

export const salesReceipt = salesForm({
  name: 'SalesReceipt',
  fields: PAID_FIELDS,
  filterable: ['PaymentRefNum'],
  customerRequired: false,
  opensBalance: false,
  stockSign: 1,
  voidable: true,
  extra: moneyAccount,
});

export const creditMemo = salesForm({
  name: 'CreditMemo',
  fields: {},
  filterable: ['Balance', 'RemainingCredit'],
  customerRequired: true,
  opensBalance: true,
  stockSign: -1,
  voidable: false,
  extra: () => ({}),
});

export const refundReceipt = salesForm({
  name: 'RefundReceipt',
  fields: PAID_FIELDS,
  filterable: ['PaymentRefNum'],
  customerRequired: false,
  opensBalance: false,
  stockSign: -1,
  voidable: false,
  extra: (draft, context) => {
    if (!isObject(draft.DepositToAccountRef)) throw faults.required('DepositToAccountRef');
    return moneyAccount(draft, context);
  },
});
