import { allItems, refundLines } from '../woocommerce/domain/refunds.js';
import type { NextItemId, ShopOrder, Site } from '../woocommerce/index.js';
import { Random } from './random.js';

/**
 * Gives back something of `count` good sold orders: in turns a round amount without lines, one unit of the first line,
 * and the whole order (which becomes `refunded`). Draws from a seed of its own, so that the rest of the shop stays what
 * it is without refunds. Refund ids come from the order sequence, after the last order. Returns the orders' ids.
 */
export function addRefunds(orders: readonly ShopOrder[], count: number, seed: number, site: Site): number[] {
  const random = new Random(seed ^ 0x5eed);
  const eligible = orders.filter(
    (order) =>
      order.planted === undefined && order.status === 'completed' && Number(order.money.total) > 5 && hasUnits(order),
  );
  const chosen = random.shuffle(eligible).slice(0, count);
  let refundId = Math.max(0, ...orders.map(({ id }) => id)) + 1;
  let itemId = 900_000;
  const nextItemId: NextItemId = () => {
    itemId += 1;
    return itemId;
  };
  chosen.forEach((order, turn) => {
    refundId += random.int(1, 2);
    giveBack(order, turn, refundId, site, nextItemId);
  });
  return chosen.map(({ id }) => id).toSorted((a, b) => a - b);
}

function hasUnits(order: ShopOrder): boolean {
  return (order.money.line_items[0]?.quantity ?? 0) >= 1;
}

function giveBack(order: ShopOrder, turn: number, id: number, site: Site, nextItemId: NextItemId): void {
  const createdAt = order.modifiedAt + 60_000;
  const amountOnly = { id, amount: (1).toFixed(site.decimals), reason: 'goodwill', createdAt, lineItems: [] };
  order.modifiedAt = createdAt;
  const [first] = order.money.line_items;
  if (turn % 3 === 0 || first === undefined) {
    order.refunds.push(amountOnly);
    return;
  }
  const whole = turn % 3 === 2;
  const items = whole ? allItems(order.money) : [{ item: first.id, quantity: 1 }];
  const { amount, ...lines } = refundLines(order.money, items, site.decimals, nextItemId);
  const reason = whole ? 'returned &amp; inspected' : 'damaged';
  order.refunds.push({ id, amount: whole ? order.money.total : amount, reason, createdAt, ...lines });
  if (whole) order.status = 'refunded';
}
