import { PermanentError, TransientError } from '@tillstream/kernel';
import type { JsonAnswer } from '../src/answer.js';
import type { WooCall, WooClient } from '../src/woo-client.js';

export interface FakeOrder {
  id: number;
  status?: string;
  /** `YYYY-MM-DDTHH:MM:SS`, UTC. */
  modified?: string;
  created?: string;
  /** What is listed in its place: `null`, another thing than an order, members that replace its own. */
  shown?: unknown;
  /** Every answer that contains it dies so: HTTP status, or a reason of the HTTP client. `_fields=id` survives `list`. */
  dies?: { status?: number; reason?: string; only?: 'full' };
  /** Refunds it lists at its own address. */
  refunds?: number;
}

/**
 * A shop in memory that lists orders as `wc/v3` does for the parameters the reader uses, in a site zone of UTC. Tests
 * change `orders` between pages through `afterCall`.
 */
export class FakeShop {
  orders: FakeOrder[];
  readonly params: Record<string, string | number>[] = [];
  afterCall: (call: number) => void = () => {};
  /** Nothing is answered. */
  isDown = false;
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
      list: async (path, call = {}) => {
        const owner = /\/orders\/(\d+)\/refunds$/.exec(path)?.[1];
        return owner === undefined ? this.#list(call) : this.#refunds(Number(owner), call);
      },
    };
  }

  #get(id: number) {
    this.#calls += 1;
    if (this.isDown) throw failure({ status: 502 });
    const order = this.orders.find((one) => one.id === id);
    if (order === undefined) throw new PermanentError('source_not_found', 'the shop has no such record');
    if (order.dies !== undefined) throw failure(order.dies);
    return { body: toRaw(order) as JsonAnswer, headers: {} };
  }

  #refunds(id: number, { params = {} }: WooCall) {
    this.#calls += 1;
    const count = this.orders.find((one) => one.id === id)?.refunds ?? 0;
    const [offset, perPage] = [Number(params.offset), Number(params.per_page)];
    const length = Math.max(0, Math.min(perPage, count - offset));
    return { items: Array.from({ length }, (_, index) => ({ id: 900_000 + offset + index })), total: count };
  }

  #list({ params = {}, giveUp }: WooCall) {
    if (this.isDown) {
      this.#calls += 1;
      throw failure({ status: 502 });
    }
    for (let attempt = 1; ; attempt += 1) {
      this.#calls += 1;
      const tooBig = new TransientError('source_unavailable', 'empty body', { detail: { reason: 'not_json' } });
      if (Number(params.per_page) <= this.largestPossiblePage) break;
      if (attempt >= 5 || giveUp?.(tooBig, attempt)) throw tooBig;
    }
    this.params.push({ ...params });
    const rows = this.orders.filter((order) => fits(order, params)).sort((a, b) => compare(a, b, params));
    const offset = Number(params.offset ?? 0);
    const shown = rows.slice(offset, offset + Number(params.per_page));
    const deadly = shown.find(({ dies }) => dies !== undefined && !(dies.only === 'full' && params._fields === 'id'));
    if (deadly?.dies !== undefined) throw failure(deadly.dies);
    const items = shown.map((order) => (params._fields === 'id' ? { id: idShown(order) } : toRaw(order)));
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

function toRaw(order: FakeOrder): unknown {
  if ('shown' in order && (typeof order.shown !== 'object' || order.shown === null)) return order.shown;
  return {
    id: order.id,
    status: order.status ?? 'processing',
    date_modified_gmt: modifiedOf(order),
    date_created_gmt: createdOf(order),
    ...(order.refunds !== undefined && { refunds: [{ id: 900_000, total: '-1.00' }] }),
    ...(order.shown as object | undefined),
  };
}

function idShown(order: FakeOrder): unknown {
  const raw = toRaw(order);
  return typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : undefined;
}

/** As the client throws it. */
function failure({ status, reason }: { status?: number; reason?: string }): TransientError {
  const detail = { ...(status !== undefined && { httpStatus: status }), ...(reason !== undefined && { reason }) };
  return new TransientError('source_unavailable', `the shop answered HTTP ${status ?? 200}`, { detail });
}
