import type { Address, CanonicalOrder } from '@tillstream/contracts';

const address = (firstName: string, lastName: string): Address => ({
  firstName,
  lastName,
  company: '',
  line1: '1 Main Street',
  line2: '',
  city: 'Sacramento',
  state: 'CA',
  postcode: '95814',
  country: 'US',
});

export interface OrderChange extends Partial<Omit<CanonicalOrder, 'buyer'>> {
  readonly email?: string;
  readonly name?: readonly [string, string];
  readonly customerId?: string | null;
}

/** A paid order of two mugs, $20.00 and $1.60 tax, unless said otherwise. */
export function makeOrder(id: string, change: OrderChange = {}): CanonicalOrder {
  const { email = 'ann@example.com', name = ['Ann', 'Baker'], customerId = '7', ...rest } = change;
  return {
    source: 'woo',
    id,
    number: id,
    status: 'processing',
    currency: 'USD',
    createdDate: '2026-03-02',
    paidDate: '2026-03-02',
    completedDate: null,
    modifiedAt: '2026-03-02T10:00:00',
    totalMinor: 2160,
    totalTaxMinor: 160,
    buyer: {
      id: customerId,
      email,
      phone: '',
      billing: address(name[0], name[1]),
      shipping: address(name[0], name[1]),
    },
    paymentMethod: 'stripe',
    paymentMethodTitle: 'Card',
    transactionId: `ch_${id}`,
    lines: [
      {
        id: `${id}1`,
        name: 'Mug',
        productId: '88',
        variationId: null,
        sku: 'MUG',
        quantity: '2',
        subtotalMinor: 2000,
        totalMinor: 2000,
        totalTaxMinor: 160,
        taxes: [{ rateId: '1', amountMinor: 160 }],
      },
    ],
    fees: [],
    shipping: [],
    taxLines: [{ rateId: '1', label: 'Tax', ratePercent: '8', compound: false, taxMinor: 160, shippingTaxMinor: 0 }],
    couponCodes: [],
    refunds: [],
    ...rest,
  };
}
