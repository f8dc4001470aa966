import type { Company } from '../company.js';
import { type JsonObject, objectsAt, refId } from '../json.js';

/** Inventory items lose what a document sells and regain what it returns; their SyncToken grows as a side effect. */
export function moveStock(company: Company, document: JsonObject | undefined, sign: 1 | -1): void {
  for (const line of objectsAt(document, 'Line')) {
    const id = refId(line, 'SalesItemLineDetail.ItemRef');
    const item = id === undefined ? undefined : company.get('Item', id);
    const detail = line.SalesItemLineDetail as JsonObject | undefined;
    const qty = typeof detail?.Qty === 'number' ? detail.Qty : 0;
    if (item?.input.Type !== 'Inventory' || qty === 0) continue;
    item.input = { ...item.input, QtyOnHand: Number(item.input.QtyOnHand ?? 0) + sign * qty };
    company.bump(item);
  }
}
