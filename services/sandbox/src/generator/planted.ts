import { type Micro, format as formatMicro, toMicro } from '../woocommerce/domain/fixed.js';
import type { ShopOrder } from '../woocommerce/index.js';
import { type OrderSpec, type RecipeContext, plainOrder } from './recipes.js';
import type { QuickBooksHints } from './quickbooks-hints.js';

/** The reasons for which a record can be planted; each is the code under which it ought to be held. */
export const PLANTED_CODES = [
  'currency_unsupported',
  'negative_total',
  'source_invalid',
  'total_mismatch',
  'order_has_refunds',
  'customer_ambiguous',
  'doc_number_taken',
  'item_ambiguous',
] as const;
export type PlantedCode = (typeof PLANTED_CODES)[number];

/** A number is spread evenly over the codes, in their order. */
export type PlantedCounts = number | Partial<Readonly<Record<PlantedCode, number>>>;

export function plantedList(counts: PlantedCounts): PlantedCode[] {
  if (typeof counts !== 'number') {
    return PLANTED_CODES.flatMap((code) => Array.from({ length: counts[code] ?? 0 }, () => code));
  }
  return Array.from({ length: counts }, (_, index) => PLANTED_CODES[index % PLANTED_CODES.length] ?? 'total_mismatch');
}

/** The basket and buyer of a bad order. `turn` counts the planted ones, so that no two share a buyer by accident. */
export function plantedSpec(code: PlantedCode, turn: number, context: RecipeContext): OrderSpec {
  const plain = { ...plainOrder(context), status: 'completed' };
  if (code === 'negative_total') return negativeTotal(context);
  if (code === 'customer_ambiguous') {
    return { ...plain, person: { firstName: 'Twin', lastName: `Buyer ${turn}`, email: `twins${turn}@example.com` } };
  }
  if (code === 'item_ambiguous') {
    const lines = [context.baskets.line(context.catalogue.ambiguous, plain.region)];
    return { ...plain, draft: context.baskets.basket(plain.region, { lines }) };
  }
  return plain;
}

/** A fee that eats goods and untaxed shipping, and takes tax for both: the total falls below zero. */
function negativeTotal({ random, baskets, regions }: RecipeContext): OrderSpec {
  const region = random.pick(regions.filter((each) => each.trait === 'plain'));
  const fee = {
    name: 'Compensation',
    amount: baskets.amount(-99999),
    taxClass: '',
    taxable: true,
    rates: region.rates[''] ?? [],
  };
  const draft = baskets.basket(region, {
    path: 'admin',
    lines: baskets.standardLines(region, 1),
    shipping: [{ methodId: 'flat_rate', title: 'Courier', total: baskets.amount(20), rates: [] }],
    fees: [fee],
  });
  return { region, draft, status: 'completed' };
}

/** Spoils a finished order, or leaves a hint for the accounting company to be spoiled. */
export function plant(
  order: ShopOrder,
  code: PlantedCode,
  turn: number,
  foreignCurrency: string,
  hints: QuickBooksHints,
): void {
  order.planted = code;
  switch (code) {
    case 'currency_unsupported':
      order.money.currency = foreignCurrency;
      break;
    case 'source_invalid':
      if (turn % 2 === 0) order.overrides = { total: 'abc' };
      else order.omit = ['line_items'];
      break;
    case 'total_mismatch':
      order.overrides = { total: raised(order.money.total) };
      break;
    case 'order_has_refunds':
      order.refunds.push({
        id: order.id + 1,
        amount: order.money.total,
        reason: 'damaged',
        createdAt: order.modifiedAt,
        lineItems: [],
      });
      order.status = 'refunded';
      break;
    case 'customer_ambiguous':
      hints.customers.push(
        { displayName: `Twin Buyer ${turn} A`, email: order.billing.email },
        { displayName: `Twin Buyer ${turn} B`, email: order.billing.email },
      );
      break;
    case 'doc_number_taken':
      hints.invoices.push({ docNumber: order.number, customerName: 'Walk-in (entered by hand)', amount: '12.00' });
      break;
    case 'negative_total':
    case 'item_ambiguous':
      break;
  }
}

/** Far more than any rounding explains: a tenth more, plus ten (1000 in a currency without decimals). */
function raised(total: string): string {
  const decimals = total.split('.')[1]?.length ?? 0;
  const amount: Micro = toMicro(total);
  return formatMicro(amount + amount / 10n + toMicro(decimals === 0 ? '1000' : '10'), decimals);
}
