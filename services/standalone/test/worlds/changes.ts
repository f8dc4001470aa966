import type { GeneratedShop, WooSandbox } from '@tillstream/sandbox';
import type { Change } from './random-case.js';

/** Lets something happen in the shop; what cannot happen there (nothing to pick from) does not. */
export function change(woo: WooSandbox, shop: GeneratedShop, { kind, pick }: Change, nowMs: number): void {
  const orders = woo.orders().filter(({ status }) => status !== 'trash');
  const order = orders[Math.floor(pick * orders.length)];
  const customer = picked(shop.customers, pick);
  const product = picked(shop.products, pick);
  try {
    switch (kind) {
      case 'newOrder': {
        const like = picked(shop.orders, pick);
        if (!like) return;
        const { billing, draft, money } = like;
        woo.mutate({ action: 'add', order: { status: 'processing', billing, draft, money, paidAt: nowMs } });
        return;
      }
      case 'cancelOrder':
        if (order) woo.mutate({ action: 'setStatus', id: order.id, status: 'cancelled' });
        return;
      case 'completeOrder':
        if (order) woo.mutate({ action: 'setStatus', id: order.id, status: 'completed' });
        return;
      case 'noteOrder':
        if (order) woo.mutate({ action: 'setNote', id: order.id, note: 'please ring twice' });
        return;
      case 'payOrder':
        if (order?.datePaid === null) woo.mutate({ action: 'setPaid', id: order.id });
        return;
      case 'trashOrder':
        if (order) woo.mutate({ action: 'trash', id: order.id });
        return;
      case 'refundOrder':
        if (order) woo.mutate({ action: 'addRefund', id: order.id, amount: '1.00' });
        return;
      case 'editCustomer':
        if (customer) woo.mutate({ action: 'editCustomer', id: customer.id, fields: { firstName: 'Changed' } });
        return;
      case 'deleteCustomer':
        if (customer) woo.mutate({ action: 'deleteCustomer', id: customer.id });
        return;
      case 'editProduct':
        if (product) woo.mutate({ action: 'editProduct', id: product.id, fields: { name: 'Renamed thing' } });
        return;
      case 'trashProduct':
        if (product) woo.mutate({ action: 'trashProduct', id: product.id });
        return;
    }
  } catch (thrown) {
    // An earlier change took it away.
    if (!(thrown instanceof RangeError)) throw thrown;
  }
}

function picked<T>(list: readonly T[], pick: number): T | undefined {
  return list[Math.floor(pick * list.length)];
}
