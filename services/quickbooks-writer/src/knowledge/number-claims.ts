import type { CanonicalOrder } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { sourceOf } from '@tillstream/quickbooks';

/** One document per order number of a company; stored state, never renamed. Outside the log, like a lease. */
export const NUMBERS_COLLECTION = 'quickbooks_numbers';

interface NumberDocument {
  readonly tenantId: string;
  /** `woo:1042`: the order that has the number. */
  readonly sourceId: string;
}

/** An order and the company that it is on its way to. */
export interface NumberClaim {
  readonly tenantId: string;
  readonly realmId: string;
  readonly order: CanonicalOrder;
}

/** What a document is numbered by, before prefix and shortening. */
export interface NumberPort {
  /** The order's own number, or `<number>-<id>` when another order of its shop has that. */
  of(order: CanonicalOrder): Promise<string>;
  /** Which order has the number of this one, as `woo:1042`; null = none yet. Claims nothing. */
  ownerOf(order: CanonicalOrder): Promise<string | null>;
}

/**
 * Two orders of one shop with one number are both sales (B8). Each number belongs to the order that claimed it first, of
 * several at once the one with the lowest id; claims are durable before anything of their orders is sent, so they hold
 * after crashes and between processes, and a number once given never moves.
 */
export class NumberClaims {
  constructor(private readonly store: Pick<DocumentStore, 'get' | 'bulkWrite'>) {}

  async claim(claims: readonly NumberClaim[]): Promise<void> {
    const first = new Map<string, NumberClaim>();
    for (const claim of claims.toSorted(byId)) {
      const id = claimId(claim);
      if (!first.has(id)) first.set(id, claim);
    }
    if (first.size === 0) return;
    const puts = [...first].map(([id, { tenantId, order }]) => {
      const doc: NumberDocument = { tenantId, sourceId: sourceOf(order) };
      return { op: 'put', collection: NUMBERS_COLLECTION, id, doc, expectedVersion: 0 } as const;
    });
    // Who is refused comes too late: the number has its order.
    await this.store.bulkWrite(puts);
  }

  /** What the order is numbered by; claims the number when nobody has. */
  async numberFor(claim: NumberClaim): Promise<string> {
    const owner = (await this.ownerOf(claim)) ?? (await this.#claimed(claim));
    return owner === sourceOf(claim.order) ? numberOf(claim.order) : otherNumber(claim.order);
  }

  async ownerOf(claim: NumberClaim): Promise<string | null> {
    return (await this.store.get<NumberDocument>(NUMBERS_COLLECTION, claimId(claim)))?.doc.sourceId ?? null;
  }

  async #claimed(claim: NumberClaim): Promise<string | null> {
    await this.claim([claim]);
    return this.ownerOf(claim);
  }
}

export const numberOf = ({ number, id }: CanonicalOrder): string => number || id;
export const otherNumber = (order: CanonicalOrder): string => `${numberOf(order)}-${order.id}`;

function claimId({ tenantId, realmId, order }: NumberClaim): string {
  return `${tenantId}:${realmId}:${order.source}:${numberOf(order)}`;
}

function byId(left: NumberClaim, right: NumberClaim): number {
  return left.order.id.localeCompare(right.order.id, 'en', { numeric: true });
}
