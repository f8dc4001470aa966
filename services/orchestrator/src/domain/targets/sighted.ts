import type { Target } from '@tillstream/contracts';
import { statusOf, type Sighting } from '../record/inputs.js';
import { statusGroup, type StatusGroup } from '../selection.js';
import type { Case } from './rules.js';

/** A record that the shop has. */
export type Found = Exclude<Sighting, { kind: 'missing' | 'damaged' }>;

/** Orders are selected by the settings, products unless they are thrown away; customers have no status. */
export function groupOf({ entity, selection }: Pick<Case, 'entity' | 'selection'>, sighting: Found): StatusGroup {
  const status = statusOf(sighting);
  if (entity === 'customers' || status === null) return 'selected';
  if (entity === 'orders') return statusGroup(status, selection);
  return status === 'trash' ? 'cancelled' : 'selected';
}

export function isBeforeStart({ selection: { createdFrom } }: Pick<Case, 'selection'>, sighting: Found): boolean {
  return sighting.kind === 'order' && createdFrom !== null && sighting.order.createdDate < createdFrom;
}

/** Hash of what matters to the target; of an unreadable record that of all of it. */
export const keyOf = (sighting: Found, target: Target): string => sighting.workHashes[target] ?? sighting.contentHash;
