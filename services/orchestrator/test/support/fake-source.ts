import { TransientError } from '@tillstream/kernel';
import type { OpenSource, ScanPlan, Source, SourcePage } from '../../src/index.js';
import { testClock } from './clock.js';

/** A shop in memory, paged by id; scripted to fail or to be watched. */
export class FakeShop {
  readonly orders = new Map<number, Record<string, unknown>>();
  pageSize = 10;
  /** Called before each page; may throw, wait, or change the shop. */
  beforePage: (page: number) => void | Promise<void> = () => {};
  countOrders: Source['ordersPerYear'] = () => Promise.resolve({ '2025': 7, '2026': 3 });
  pagesRead = 0;
  /** Scans that were begun. */
  plans: { modifiedAfter: string | null }[] = [];
  /** Orders that lists do not show. */
  readonly hidden = new Set<number>();
  /** Orders asked for by id. */
  asked: string[] = [];

  add(...orders: Record<string, unknown>[]): void {
    for (const order of orders) this.orders.set(Number(order.id), order);
  }

  readonly open: OpenSource = (): Source => {
    let calls = 0;
    return {
      get calls() {
        return calls;
      },
      ordersPerYear: (statuses, signal) => this.countOrders(statuses, signal),
      readPage: async (position, plan) => {
        calls += 1;
        this.pagesRead += 1;
        if (plan.ids !== null) this.asked.push(...plan.ids);
        else if (position === null) this.plans.push({ modifiedAfter: plan.modifiedAfter });
        await this.beforePage(this.pagesRead);
        const readBeganAt = Math.floor(testClock.now() * 1000);
        const page = plan.ids === null ? this.#scan(position, plan) : this.#byIds(plan.ids);
        return { readBeganAt, ...page };
      },
    };
  };

  #byIds(ids: readonly string[]): Omit<SourcePage, 'readBeganAt'> {
    const records = ids.map((sourceId) => {
      const raw = this.orders.get(Number(sourceId.replace('woo:', '')));
      return raw === undefined ? { sourceId } : { sourceId, raw };
    });
    return { records, next: null, cursor: null };
  }

  #scan(position: unknown, { modifiedAfter, trash }: ScanPlan): Omit<SourcePage, 'readBeganAt'> {
    const since = modifiedAfter ?? '';
    const after = typeof position === 'number' ? position : 0;
    const rest = [...this.orders.values()]
      .filter((raw) => !this.hidden.has(Number(raw.id)))
      .filter((raw) => trash || raw.status !== 'trash')
      .filter((raw) => Number(raw.id) > after && String(raw.date_modified_gmt) > since)
      .sort((a, b) => Number(a.id) - Number(b.id));
    const page = rest.slice(0, this.pageSize);
    const next = rest.length > this.pageSize ? Number(page.at(-1)?.id) : null;
    const dates = [...this.orders.values()].map((raw) => String(raw.date_modified_gmt));
    return {
      records: page.map((raw) => ({ sourceId: `woo:${String(raw.id)}`, raw: structuredClone(raw) })),
      next,
      cursor: next === null ? { modifiedAfter: dates.sort().at(-1) ?? since } : null,
    };
  }
}

export const shopIsDown = () => new TransientError('source_unavailable', 'the shop is not reachable');
