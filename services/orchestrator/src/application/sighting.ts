import type { CanonicalOrder, Entity, RowsPayload } from '@tillstream/contracts';
import {
  customerWorkHash,
  mirrorHash,
  orderContentHash,
  parseCustomer,
  parseOrder,
  parseProduct,
  productWorkHash,
  type Suborder,
  suborderOf,
  workHash,
  type WorkSettings,
} from '@tillstream/woocommerce';
import type { Sighting } from '../domain/record/inputs.js';

/** What a raw record is for the books and for the mirror. Pure; never throws for input. */
export function sightingOf(entity: Entity, given: RowsPayload, settings: WorkSettings): Sighting {
  const { rows, parentOrder } = apart(given);
  const contentHash = orderContentHash(rows.raw);
  const supabase = mirrorHash(rows);
  const seen = (quickbooks: string) => ({ contentHash, rows, workHashes: { quickbooks, supabase } });
  const parsed = parse(entity, rows, settings);
  if (parsed.ok) {
    const suborder = parsed.found.kind === 'order' ? suborderIn(parsed.found.order, parentOrder, settings) : 'own';
    return { ...parsed.found, ...(suborder !== 'own' && { suborder }), ...seen(parsed.workHash) };
  }
  const { code, message, status, number, id } = parsed;
  return { kind: 'unreadable', code, message, status, sourceNumber: number ?? id, ...seen(contentHash) };
}

/** The parent tells the books what an order is; the mirror has it as a row of its own. */
function apart({ raw, related }: RowsPayload): { rows: RowsPayload; parentOrder: unknown } {
  const { parentOrder, ...rest } = related ?? {};
  return { rows: Object.keys(rest).length === 0 ? { raw } : { raw, related: rest }, parentOrder };
}

/** `parentOrder` undefined = it has none, or none that is in the shop. */
function suborderIn(order: CanonicalOrder, parentOrder: unknown, { orders }: WorkSettings): Suborder {
  if (order.parentId === undefined || parentOrder === undefined) return 'own';
  const parent = parentOrder === null ? null : parseOrder(parentOrder);
  return suborderOf(order, parent?.ok === true ? parent.order : 'unreadable', orders.statuses);
}

function parse(entity: Entity, { raw, related }: RowsPayload, settings: WorkSettings) {
  switch (entity) {
    case 'orders': {
      const parsed = parseOrder(raw);
      if (!parsed.ok) return parsed;
      const { order } = parsed;
      return { ok: true, found: { kind: 'order', order }, workHash: workHash(order, settings) } as const;
    }
    case 'customers': {
      const parsed = parseCustomer(raw);
      if (!parsed.ok) return parsed;
      const { customer } = parsed;
      return { ok: true, found: { kind: 'customer', customer }, workHash: customerWorkHash(customer) } as const;
    }
    case 'products': {
      const parsed = parseProduct(raw, related);
      if (!parsed.ok) return parsed;
      const { product } = parsed;
      return { ok: true, found: { kind: 'product', product }, workHash: productWorkHash(product) } as const;
    }
  }
}
