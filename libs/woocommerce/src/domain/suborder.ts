import type { CanonicalOrder, OrderLine } from '@tillstream/contracts';

/**
 * What an order with a parent is to the books (B17). Marketplaces split one sale into an order per seller beside it;
 * deposit plugins make one for the balance. Only the lines tell the two apart.
 *
 * - `own`    money of its own: it repeats no line of its parent
 * - `part`   its parent's sale told again: every line stands in the parent, too
 * - `mixed`  some do and some do not, or the parent cannot be read: a person has to look
 */
export type Suborder = 'own' | 'part' | 'mixed';

/** `parent` null = it is not in the shop any more; 'unreadable' = it is, and nobody can read it. */
export function suborderOf(
  child: CanonicalOrder,
  parent: CanonicalOrder | 'unreadable' | null,
  selected: readonly string[],
): Suborder {
  if (parent === null) return 'own';
  if (parent === 'unreadable') return 'mixed';
  if (!selected.includes(parent.status)) return 'own';
  const repeated = repeatedLines(child.lines, parent.lines);
  if (repeated === 0) return 'own';
  return repeated === child.lines.length ? 'part' : 'mixed';
}

/** How many lines stand in the parent as well; each line of the parent answers for one. */
function repeatedLines(lines: readonly OrderLine[], among: readonly OrderLine[]): number {
  const left = among.map(keyOf);
  return lines.filter((line) => {
    const at = left.indexOf(keyOf(line));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  }).length;
}

function keyOf({ productId, variationId, name, quantity, totalMinor }: OrderLine): string {
  return [productId ?? name, variationId, quantity, totalMinor].join('|');
}
