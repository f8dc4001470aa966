import { COLLECTIONS, type KeyDocument, type TenantDocument } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { ApiProblem } from '../http/problem.js';
import { retryOnConflict } from '../outbox/retry-on-conflict.js';

const TENANTS = COLLECTIONS.tenants.name;
const KEYS = COLLECTIONS.keys.name;
/** More admins than anybody counts; only the question "is there another one" matters. */
const MOST_LISTED = 200;

/**
 * Which keys administer a tenant: one versioned document, because two who delete each other's key at once may both see
 * two of them. A key is listed after it was stored and taken off before it is deleted, so that a crash in between
 * leaves a tenant that can be administered.
 */
export class AdminKeys {
  constructor(private readonly store: DocumentStore) {}

  add(tenantId: string, id: string): Promise<true> {
    return this.#change(tenantId, (ids) => (ids.includes(id) ? ids : [...ids, id]));
  }

  /** Throws `last_admin_key`. */
  remove(tenantId: string, id: string): Promise<true> {
    return this.#change(tenantId, (ids) => {
      const left = ids.filter((each) => each !== id);
      if (left.length === 0) throw new ApiProblem('last_admin_key', 'Create another admin key first.');
      return left;
    });
  }

  #change(tenantId: string, change: (ids: readonly string[]) => readonly string[]): Promise<true> {
    return retryOnConflict(async () => {
      const tenant = await this.store.get<TenantDocument>(TENANTS, tenantId);
      // A tenant's first key comes before the tenant itself.
      if (tenant === null) return true;
      const ids = tenant.doc.adminKeys ?? (await this.#stored(tenantId));
      const set = { adminKeys: change(ids) };
      const expectedVersion = tenant.version;
      const [outcome] = await this.store.bulkWrite([
        { op: 'patch', collection: TENANTS, id: tenantId, set, expectedVersion },
      ]);
      return outcome?.ok ? true : undefined;
    });
  }

  async #stored(tenantId: string): Promise<readonly string[]> {
    const where = { tenantId, role: 'admin' };
    return (await this.store.find<KeyDocument>(KEYS, { where, limit: MOST_LISTED })).items.map(({ id }) => id);
  }
}
