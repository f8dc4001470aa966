import type { Company, Stored } from '../company.js';
import { toNumber } from '../decimal.js';
import { faults } from '../fault.js';
import { amount, date, flag, price, ref, text } from '../fields.js';
import { type JsonObject, refId, textAt } from '../json.js';
import type { EntityRules, WriteContext } from '../rules/context.js';
import { currencyFields, currencyOf } from '../rules/currency.js';
import { requireOpenPeriod } from '../rules/periods.js';
import { accountAt, namedRefs, refTo, resolveAt } from '../rules/references.js';
import { type Application, applicationsOf, minorAmount, unapplied } from './applications.js';
import { refreshOpen } from './settlement.js';

const LINKABLE: readonly string[] = ['Invoice', 'CreditMemo'];

/** Each application must name a live transaction of the same customer and stay within what is open there. */
function requireApplicable(application: Application, customer: Stored, context: WriteContext): void {
  const { company, before } = context;
  if (!LINKABLE.includes(application.entity)) throw faults.badProperty('Line.LinkedTxn.TxnType');
  const target = company.get(application.entity, application.id);
  if (!target || target.state === 'deleted') throw faults.badReference('Line.LinkedTxn.TxnId');
  if (target.state === 'voided') throw faults.cannotLink('the transaction is void');
  if (refId(target.input, 'CustomerRef') !== customer.id) throw faults.cannotLink('it belongs to another customer');
  const mine = applicationsOf(company, before?.input)
    .filter((other) => other.entity === application.entity && other.id === application.id)
    .reduce((sum, other) => sum + other.minor, 0);
  if (application.minor < 0 || application.minor > (target.amounts?.open ?? 0) + mine) {
    throw faults.business('The amount applied is greater than the open balance of the transaction', 'Line.Amount');
  }
}

export const payment: EntityRules = {
  name: 'Payment',
  kind: 'transaction',
  deletable: true,
  voidable: true,
  fields: {
    CustomerRef: ref,
    CurrencyRef: ref,
    ExchangeRate: price,
    TotalAmt: amount,
    TxnDate: date,
    PrivateNote: text(4000),
    PaymentMethodRef: ref,
    PaymentRefNum: text(21),
    DepositToAccountRef: ref,
    ProcessPayment: flag,
    Line: {
      kind: 'list',
      fields: { Amount: amount, LinkedTxn: { kind: 'list', fields: { TxnId: text(30), TxnType: text(30) } } },
    },
  },
  filterable: ['TxnDate', 'CustomerRef', 'TotalAmt', 'UnappliedAmt', 'PaymentRefNum'],
  prepare(given, context) {
    const { company, before } = context;
    const draft: JsonObject = {
      ...given,
      TxnDate: textAt(given, 'TxnDate') ?? before?.input.TxnDate ?? company.today(),
    };
    const customer = resolveAt(company, 'Customer', draft, 'CustomerRef');
    if (!customer) throw faults.required('CustomerRef');
    const total = minorAmount(company, draft.TotalAmt);
    if (total === undefined) throw faults.required('TotalAmt');
    if (total < 0) throw faults.business('Transaction amount must be 0 or greater.', 'TotalAmt');
    requireOpenPeriod(company, draft, before?.input);
    const currency = currencyOf(company, draft, customer);
    const applications = applicationsOf(company, draft);
    for (const application of applications) requireApplicable(application, customer, context);
    const open = unapplied(total, applications);
    if (open < 0) throw faults.business('The amounts applied exceed the payment', 'Line.Amount');
    const deposit = accountAt(company, draft, 'DepositToAccountRef', ['Bank', 'Other Current Asset']);
    return {
      input: draft,
      amounts: { total, tax: 0, open },
      computed: {
        ...namedRefs(company, draft, { PaymentMethodRef: 'PaymentMethod' }),
        ...currencyFields(company, currency, draft),
        CustomerRef: refTo(customer),
        DepositToAccountRef: deposit ? refTo(deposit) : undepositedFunds(company),
        ProcessPayment: false,
        UnappliedAmt: toNumber(open, company.digits),
        Line: draft.Line ?? [],
      },
    };
  },
  settle(stored, before, { company }) {
    const then = applicationsOf(company, before);
    const now = stored.state === 'live' ? applicationsOf(company, stored.input) : [];
    for (const { id } of then) company.link(id, stored.id, false);
    for (const { id } of now) company.link(id, stored.id, true);
    const touched = new Map(
      [...then, ...now].map((application) => [`${application.entity}:${application.id}`, application]),
    );
    for (const { entity, id } of touched.values()) {
      const target = company.get(entity, id);
      if (target && target.state === 'live') {
        refreshOpen(company, target);
        company.bump(target);
      }
    }
  },
};

function undepositedFunds(company: Company): JsonObject | undefined {
  const found = company.all('Account').find((account) => account.computed.AccountSubType === 'UndepositedFunds');
  return found && { value: found.id };
}
