import type { Company, EntityName, Stored } from '../company.js';
import { faults } from '../fault.js';

/** The number a document gets: the company's preference decides whose numbering counts, a switch whether 6140 exists. */
export function docNumberOf(
  company: Company,
  entity: EntityName,
  sent: unknown,
  before: Stored | undefined,
): string | undefined {
  const { customTxnNumbers, suppliedDocNumber, duplicateDocNumber } = company.switches;
  const supplied = typeof sent === 'string' && sent !== '' ? sent : undefined;
  if (!customTxnNumbers && (supplied === undefined || suppliedDocNumber === 'replaced')) {
    const kept = before?.input.DocNumber;
    return typeof kept === 'string' ? kept : company.nextDocNumber();
  }
  if (supplied !== undefined && duplicateDocNumber === 'refused') {
    const holder = company
      .all(entity)
      .find((other) => other.state !== 'deleted' && other.id !== before?.id && other.input.DocNumber === supplied);
    if (holder) throw faults.duplicateDocNumber(supplied, entity, holder.id);
  }
  return supplied;
}
