import { type CanonicalOrder, type OrderCharge, type OrderLine, QuickBooksSettings } from '@tillstream/contracts';
import type { CompanyProfile, OrderPlan, PaymentPlan } from '../src/index.js';
import { planOrder, planPayment } from '../src/index.js';

/** Orders and companies for specs. Amounts in minor units. */

export const settings = (changes: Partial<QuickBooksSettings> = {}): QuickBooksSettings => ({
  ...QuickBooksSettings.parse({}),
  ...changes,
});

const ADDRESS = {
  firstName: 'Ann',
  lastName: 'Lee',
  company: '',
  line1: '1 Elm St',
  line2: '',
  city: 'Reno',
  state: 'NV',
  postcode: '89501',
  country: 'US',
};

export const line = (changes: Partial<OrderLine> = {}): OrderLine => ({
  id: '311',
  name: 'Mug - Blue',
  totalMinor: 3600,
  totalTaxMinor: 288,
  taxes: [{ rateId: '1', amountMinor: 288 }],
  productId: '88',
  variationId: '91',
  sku: 'MUG-B',
  quantity: '2',
  subtotalMinor: 4000,
  ...changes,
});

export const charge = (changes: Partial<OrderCharge> = {}): OrderCharge => ({
  id: '313',
  name: 'Flat rate',
  totalMinor: 500,
  totalTaxMinor: 40,
  taxes: [{ rateId: '1', amountMinor: 40 }],
  ...changes,
});

/** The sample order of the facts: two mugs, a coupon, shipping, 8 % tax; 44.28 in all. */
export const order = (changes: Partial<CanonicalOrder> = {}): CanonicalOrder => ({
  source: 'woo',
  id: '1042',
  number: '1042',
  status: 'processing',
  currency: 'USD',
  createdDate: '2026-11-22',
  paidDate: '2026-11-23',
  completedDate: null,
  modifiedAt: '2026-11-22T17:15:06.000Z',
  totalMinor: 4428,
  totalTaxMinor: 328,
  buyer: { id: null, email: 'ann@example.com', phone: '', billing: ADDRESS, shipping: ADDRESS },
  paymentMethod: 'stripe',
  paymentMethodTitle: 'Card',
  transactionId: 'ch_1',
  lines: [line()],
  fees: [],
  shipping: [charge()],
  taxLines: [{ rateId: '1', label: 'Tax', ratePercent: '8', compound: false, taxMinor: 288, shippingTaxMinor: 40 }],
  couponCodes: ['save10'],
  refunds: [],
  ...changes,
});

export const usCompany = (changes: Partial<CompanyProfile> = {}): CompanyProfile => ({
  companyName: 'Elm Street Goods',
  country: 'USA',
  isUs: true,
  homeCurrency: 'USD',
  multiCurrency: false,
  usingSalesTax: true,
  partnerTaxEnabled: true,
  taxGroupCodeRef: '2',
  bookCloseDate: null,
  customTxnNumbers: true,
  taxCodes: [],
  accounts: [],
  ...changes,
});

/** Outside the US: 19 %, 7 %, Quebec's 5 % + 9.975 % compound, and one untaxed code. */
export const globalCompany = (changes: Partial<CompanyProfile> = {}): CompanyProfile => ({
  ...usCompany(),
  country: 'DEU',
  isUs: false,
  homeCurrency: 'EUR',
  partnerTaxEnabled: false,
  taxGroupCodeRef: null,
  taxCodes: [
    code('5', '19% S', [['r19', '19']]),
    code('6', '7% R', [['r7', '7']]),
    code('7', 'QC', [
      ['rGst', '5'],
      ['rQst', '9.975', true],
    ]),
    code('9', 'Untaxed', [['r0', '0']]),
  ],
  ...changes,
});

export function code(id: string, name: string, rates: [string, string, boolean?][], active = true) {
  const list = rates.map(([rateId, percent, compound = false]) => ({ rateId, name: rateId, percent, compound }));
  return { id, name, active, taxable: true, rates: list };
}

/** A German order: 19 % goods, 7 % book, untaxed shipping. 11.90 + 10.70 + 3.00. */
export const germanOrder = (changes: Partial<CanonicalOrder> = {}): CanonicalOrder =>
  order({
    currency: 'EUR',
    couponCodes: [],
    lines: [
      line({
        id: '1',
        subtotalMinor: 1000,
        totalMinor: 1000,
        totalTaxMinor: 190,
        taxes: [{ rateId: '1', amountMinor: 190 }],
      }),
      line({
        id: '2',
        productId: '90',
        variationId: null,
        sku: '',
        name: 'Book',
        subtotalMinor: 1000,
        totalMinor: 1000,
        totalTaxMinor: 70,
        taxes: [{ rateId: '2', amountMinor: 70 }],
      }),
    ],
    shipping: [charge({ totalMinor: 300, totalTaxMinor: 0, taxes: [] })],
    taxLines: [
      { rateId: '1', label: 'MwSt.', ratePercent: '19', compound: false, taxMinor: 190, shippingTaxMinor: 0 },
      { rateId: '2', label: 'MwSt. erm.', ratePercent: '7.00', compound: false, taxMinor: 70, shippingTaxMinor: 0 },
    ],
    totalMinor: 2560,
    totalTaxMinor: 260,
    ...changes,
  });

/** The plan of an order that must be plannable. */
export function planned(of: CanonicalOrder, profile: CompanyProfile, using = settings()): OrderPlan {
  const plan = planOrder(of, using, profile);
  if (plan.kind !== 'planned') throw new TypeError(`${plan.code}: ${plan.message}`);
  return plan;
}

/** The payment of an order that must have one. */
export function plannedPayment(of: CanonicalOrder, profile: CompanyProfile, using = settings()): PaymentPlan {
  const plan = planPayment(of, using, profile);
  if (plan?.kind !== 'planned') throw new TypeError(`no payment: ${plan?.code}`);
  return plan;
}

export const refsFor = (plan: OrderPlan) => ({
  customerId: '58',
  itemIds: new Map(plan.items.map(({ identity }, index) => [identity, String(100 + index)])),
  sourceIdentity: 'https://shop.example',
});
