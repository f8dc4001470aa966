import type { Company } from '../company.js';
import { faults } from '../fault.js';
import { textAt, type JsonObject } from '../json.js';

/** Nothing dated on or before BookCloseDate may be posted, changed, voided or deleted (6200/6210). */
export function requireOpenPeriod(company: Company, ...documents: readonly (JsonObject | undefined)[]): void {
  const { bookCloseDate, bookCloseCode } = company.switches;
  if (bookCloseDate === null) return;
  for (const document of documents) {
    const date = textAt(document, 'TxnDate');
    if (date !== undefined && date <= bookCloseDate) throw faults.closed(bookCloseCode);
  }
}
