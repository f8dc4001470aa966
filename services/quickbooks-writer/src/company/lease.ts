import type { DocumentStore } from '@tillstream/document-store';
import { asError, type Clock, type Ids } from '@tillstream/kernel';
import { deferral } from './trouble.js';

export const LEASES_COLLECTION = 'quickbooks_leases';

export interface LeaseDocument {
  readonly tenantId: string;
  readonly realmId: string;
  readonly owner: string;
  readonly epoch: number;
}

/**
 * The right to send for one company (D14): an epoch that grows with every taker, and the monotonic time of its last
 * renewal. It is renewed when somebody is about to send, not by a timer, so that an idle writer writes nothing.
 */
export class Lease {
  readonly #id: string;
  readonly #owner: string;
  #epoch = 0;
  #version = 0;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #taking: Promise<void> | null = null;
  #renewing: Promise<void> | null = null;

  constructor(
    private readonly company: { readonly tenantId: string; readonly realmId: string },
    private readonly parts: { readonly store: DocumentStore; readonly clock: Clock; readonly ids: Ids },
    private readonly sessionTimeoutMs: number,
  ) {
    this.#id = `${company.tenantId}:${company.realmId}`;
    this.#owner = parts.ids.next('owner');
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Takes the lease over unless it is ours: from then on every older owner is fenced. */
  async ensure(): Promise<void> {
    if (this.#epoch !== 0) return;
    this.#taking ??= this.#take().finally(() => {
      this.#taking = null;
    });
    await this.#taking;
  }

  async #take(): Promise<void> {
    const { store, clock } = this.parts;
    for (;;) {
      const began = clock.monotonic();
      const found = await store.get<LeaseDocument>(LEASES_COLLECTION, this.#id);
      const doc = this.#document((found?.doc.epoch ?? 0) + 1);
      const expectedVersion = found?.version ?? 0;
      const [outcome] = await store.bulkWrite([
        { op: 'put', collection: LEASES_COLLECTION, id: this.#id, doc, expectedVersion },
      ]);
      if (!outcome?.ok) continue;
      this.#epoch = doc.epoch;
      this.#version = outcome.version;
      this.#renewedAt = began;
      return;
    }
  }

  /** Renews when a quarter of the session is over. Throws a Deferral when another owner took it. */
  async keep(): Promise<void> {
    if (this.parts.clock.monotonic() - this.#renewedAt < this.sessionTimeoutMs / 4) return;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    await this.#renewing;
  }

  /** Younger than half the session? Asked directly before bytes leave (D14). */
  isFresh(): boolean {
    return this.parts.clock.monotonic() - this.#renewedAt < this.sessionTimeoutMs / 2;
  }

  #document(epoch: number): LeaseDocument {
    const { tenantId, realmId } = this.company;
    return { tenantId, realmId, owner: this.#owner, epoch };
  }

  async #renew(): Promise<void> {
    const { store, clock } = this.parts;
    const began = clock.monotonic();
    const doc = this.#document(this.#epoch);
    const [outcome] = await store
      .bulkWrite([{ op: 'put', collection: LEASES_COLLECTION, id: this.#id, doc, expectedVersion: this.#version }])
      .catch((thrown: unknown) => {
        throw deferral('quickbooks_busy', `The writer could not renew its lease: ${asError(thrown).message}`);
      });
    if (!outcome?.ok) {
      this.#epoch = 0;
      throw leaseLost();
    }
    this.#version = outcome.version;
    this.#renewedAt = began;
  }
}

export function leaseLost() {
  return deferral('quickbooks_busy', 'Another writer took over this company; the order is looked at again.');
}
