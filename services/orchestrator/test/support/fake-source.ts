import { TransientError } from '@tillstream/kernel';
import type { OpenSource, Source, SourcePage } from '../../src/index.js';

/** A shop in memory, paged by id; scripted to fail or to be watched. */
export class FakeShop {
  readonly orders = new Map<number, Record<string, unknown>>();
  pageSize = 10;
  /** Called before each page; may throw, wait, or change the shop. */
  beforePage: (page: number) => void | Promise<void> = () => {};
  ordersPerYear: Readonly<Record<string, number>> = { '2025': 7, '2026': 3 };
  pagesRead = 0;
  plans: { modifiedAfter: string | null }[] = [];

  add(...orders: Record<string, unknown>[]): void {
    for (const order of orders) this.orders.set(Number(order.id), order);
  }

  readonly open: OpenSource = (): Source => {
    let calls = 0;
    const shop = this;
    return {
      get calls() {
        return calls;
      },
      ordersPerYear: async () => this.ordersPerYear,
      readPage: async (position, plan): Promise<SourcePage> => {
        calls += 1;
        shop.pagesRead += 1;
        if (position === null) shop.plans.push({ modifiedAfter: plan.modifiedAfter });
        await shop.beforePage(shop.pagesRead);
        const readBeganAt = Date.now() * 1000;
        if (plan.ids !== null) {
          const records = plan.ids.map((sourceId) => {
            const raw = shop.orders.get(Number(sourceId.replace('woo:', '')));
            return raw === undefined ? { sourceId } : { sourceId, raw };
          });
          return { readBeganAt, records, next: null, cursor: null };
        }
        const after = typeof position === 'number' ? position : 0;
        const since = plan.modifiedAfter ?? '';
        const rest = [...shop.orders.values()]
          .filter((raw) => Number(raw.id) > after && String(raw.date_modified_gmt) > since)
          .sort((a, b) => Number(a.id) - Number(b.id));
        const page = rest.slice(0, shop.pageSize);
        const next = rest.length > shop.pageSize ? Number(page.at(-1)?.id) : null;
        const newest =
          [...shop.orders.values()]
            .map((raw) => String(raw.date_modified_gmt))
            .sort()
            .at(-1) ?? since;
        return {
          readBeganAt,
          records: page.map((raw) => ({ sourceId: `woo:${String(raw.id)}`, raw: structuredClone(raw) })),
          next,
          cursor: next === null ? { modifiedAfter: newest } : null,
        };
      },
    };
  };
}

export const shopIsDown = () => new TransientError('source_unavailable', 'the shop is not reachable');
