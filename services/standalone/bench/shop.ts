import { SystemClock } from '@tillstream/kernel';
import { type GeneratedShop, generateShop, SANDBOX_READ_KEY, WooSandbox } from '@tillstream/sandbox';

/** Few buyers with many orders, so that customers and items are soon known and documents are what is measured. */
const BUYERS = 20;

export function regularsShop(orders: number): GeneratedShop {
  const shop = generateShop({ seed: 5, orders });
  const buyers = shop.orders.slice(0, BUYERS).map(({ billing, shipping }) => ({ billing, shipping, customerId: 0 }));
  return { ...shop, orders: shop.orders.map((order, index) => ({ ...order, ...buyers[index % buyers.length] })) };
}

/** Every order as the shop's API prints it, in order of id. */
export async function printedOrders(shop: GeneratedShop): Promise<string[]> {
  const woo = await WooSandbox.start({ clock: new SystemClock(), shop, site: { ...shop.site, assumeHttps: true } });
  const { consumerKey, consumerSecret } = SANDBOX_READ_KEY;
  const authorization = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
  const printed: string[] = [];
  try {
    for (let page = 1; ; page += 1) {
      const query = `per_page=100&page=${page}&orderby=id&order=asc&status=any`;
      const answer = await fetch(`${woo.url}/wp-json/wc/v3/orders?${query}`, { headers: { authorization } });
      const orders = (await answer.json()) as unknown[];
      if (orders.length === 0) return printed;
      printed.push(...orders.map((order) => JSON.stringify(order)));
    }
  } finally {
    await woo.close();
  }
}
