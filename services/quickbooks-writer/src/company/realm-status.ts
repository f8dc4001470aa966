import { COLLECTIONS, type RealmStatusDocument } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import type { Clock } from '@tillstream/kernel';

type Status = RealmStatusDocument['status'];

/** What people see of a company's connection (contract section 3). Written when it changes, and after each test. */
export class RealmStatus {
  #last: { readonly status: Status; readonly detail: string | null } | null = null;

  constructor(
    private readonly tenantId: string,
    private readonly realmId: string,
    private readonly parts: { readonly store: DocumentStore; readonly clock: Clock },
  ) {}

  async report(status: Status, detail: string | null, always = false): Promise<void> {
    const same = this.#last?.status === status && this.#last.detail === detail;
    if (same && !always) return;
    const doc: RealmStatusDocument = {
      tenantId: this.tenantId,
      realmId: this.realmId,
      status,
      detail,
      lastCheckedAt: new Date(this.parts.clock.now()).toISOString(),
    };
    const id = `${this.tenantId}:${this.realmId}`;
    await this.parts.store.bulkWrite([
      { op: 'put', collection: COLLECTIONS.realmStatus.name, id, doc, expectedVersion: null },
    ]);
    this.#last = { status, detail };
  }
}
