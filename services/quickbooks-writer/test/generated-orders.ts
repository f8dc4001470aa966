import type { CanonicalOrder } from '@tillstream/contracts';
import type { HttpClient } from '@tillstream/http-client';
import { SystemClock } from '@tillstream/kernel';
import {
  type GeneratedShop,
  generateShop,
  type GenerateShopOptions,
  SANDBOX_READ_KEY,
  WooSandbox,
} from '@tillstream/sandbox';
import { parseOrder } from '@tillstream/woocommerce';

export interface GeneratedOrders {
  readonly shop: GeneratedShop;
  /** The sold orders as the product reads them. */
  readonly orders: readonly CanonicalOrder[];
}

/** A generated shop, read over HTTP and parsed as the product does. */
export async function generatedOrders(http: HttpClient, options: GenerateShopOptions): Promise<GeneratedOrders> {
  const shop = generateShop(options);
  const woo = await WooSandbox.start({ clock: new SystemClock(), shop, site: { ...shop.site, assumeHttps: true } });
  try {
    const { consumerKey, consumerSecret } = SANDBOX_READ_KEY;
    const authorization = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
    const url = `${woo.url}/wp-json/wc/v3/orders?per_page=100&orderby=id&order=asc`;
    const answer = await http.send({ method: 'GET', url, headers: { authorization }, deadlineMs: 10_000 });
    const selected = new Set(shop.expected.selected);
    const raws = (JSON.parse(answer.body) as readonly { id: number }[]).filter(({ id }) => selected.has(id));
    return { shop, orders: raws.map(parseOrder).flatMap((read) => (read.ok ? [read.order] : [])) };
  } finally {
    await woo.close();
  }
}
