import { PermanentError, TransientError } from '@tillstream/kernel';
import type { WooCall, WooClient } from '../src/woo-client.js';

export interface FakeOrder {
  id: number;
  status?: string;
  /** `YYYY-MM-DDTHH:MM:SS`, UTC. */
  modified?: string;
  created?: string;
}

/**
 * A shop in memory that lists orders as `wc/v3` does for the parameters the reader uses, in a site zone of UTC. Tests
 * change `orders` between pages through `afterCall`.
 */
export class FakeShop {
  orders: FakeOrder[];
  readonly params: Record<string, string | number>[] = [];
  afterCall: (call: number) => void = () => {};
  /** Pages larger than this fail as PHP does when it runs out of memory. */
  largestPossiblePage = 100;
  #calls = 0;

  constructor(orders: FakeOrder[]) {
    this.orders = orders;
  }

  static of(count: number): FakeShop {
    return new FakeShop(Array.from({ length: count }, (_, index) => ({ id: index + 1 })));
  }

  client(): WooClient {
    const calls = () => this.#calls;
    return {
      storeUrl: 'https://shop.example',
      get calls() {
        return calls();
      },
      get: async (path) => this.#get(Number(path.split('/').at(-1))),
      list: async (_path, call = {}) => this.#list(call),
    };
  }

  #get(id: number) {
    this.#calls += 1;
    const order = this.orders.find((one) => one.id === id);
    if (order === undefined) throw new PermanentError('source_not_found', 'the shop has no such record');
    return { body: toRaw(order), headers: {} };
  }

  #list({ params = {}, giveUp }: WooCall) {
    for (let attempt = 1; ; attempt += 1) {
      this.#calls += 1;
      const tooBig = new TransientError('source_unavailable', 'empty body', { detail: { reason: 'not_json' } });
      if (Number(params.per_page) <= this.largestPossiblePage) break;
      if (attempt >= 5 || giveUp?.(tooBig, attempt)) throw tooBig;
    }
    this.params.push({ ...params });
    const rows = this.orders.filter((order) => fits(order, params)).sort((a, b) => compare(a, b, params));
    const offset = Number(params.offset ?? 0);
    const items = rows.slice(offset, offset + Number(params.per_page)).map(toRaw);
    const page = { items, total: items.length === 0 && offset > 0 ? 0 : rows.length };
    this.afterCall(this.#calls);
    return page;
  }
}

/** A plugin's status that was registered as not to be searched: no list shows it. */
const UNLISTED: readonly string[] = ['archived'];

const modifiedOf = ({ modified = '2026-01-01T00:00:00' }: FakeOrder): string => modified;
const createdOf = ({ created = '2026-01-01T00:00:00' }: FakeOrder): string => created;

function fits(order: FakeOrder, params: NonNullable<WooCall['params']>): boolean {
  const { status = 'processing' } = order;
  const statuses = String(params.status ?? 'any').split(',');
  const include = params.include === undefined ? undefined : String(params.include).split(',').map(Number);
  return (
    (statuses.includes('any') ? status !== 'trash' && !UNLISTED.includes(status) : statuses.includes(status)) &&
    (include === undefined || include.includes(order.id)) &&
    (params.modified_after === undefined || modifiedOf(order) > String(params.modified_after)) &&
    (params.after === undefined || createdOf(order) > String(params.after)) &&
    (params.before === undefined || createdOf(order) < String(params.before))
  );
}

function compare(a: FakeOrder, b: FakeOrder, { orderby, order }: NonNullable<WooCall['params']>): number {
  const byModified = orderby === 'modified' ? modifiedOf(a).localeCompare(modifiedOf(b)) : 0;
  return (byModified || a.id - b.id) * (order === 'desc' ? -1 : 1);
}

function toRaw(order: FakeOrder): Record<string, unknown> {
  return {
    id: order.id,
    status: order.status ?? 'processing',
    date_modified_gmt: modifiedOf(order),
    date_created_gmt: createdOf(order),
  };
}
