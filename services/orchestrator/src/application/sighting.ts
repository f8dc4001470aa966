import type { Entity, RowsPayload } from '@tillstream/contracts';
import {
  customerWorkHash,
  mirrorHash,
  orderContentHash,
  parseCustomer,
  parseOrder,
  parseProduct,
  productWorkHash,
  workHash,
  type WorkSettings,
} from '@tillstream/woocommerce';
import type { Sighting } from '../domain/record/inputs.js';

/** What a raw record is for the books and for the mirror. Pure; never throws for input. */
export function sightingOf(entity: Entity, rows: RowsPayload, settings: WorkSettings): Sighting {
  const contentHash = orderContentHash(rows.raw);
  const supabase = mirrorHash(rows);
  const seen = (quickbooks: string) => ({ contentHash, rows, workHashes: { quickbooks, supabase } });
  const parsed = parse(entity, rows, settings);
  if (parsed.ok) return { ...parsed.found, ...seen(parsed.workHash) };
  const { code, message, status, number, id } = parsed;
  return { kind: 'unreadable', code, message, status, sourceNumber: number ?? id, ...seen(contentHash) };
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
