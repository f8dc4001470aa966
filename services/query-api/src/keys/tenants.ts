import { COLLECTIONS, type TenantDocument } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import type { Clock } from '@tillstream/kernel';
import { ApiProblem } from '../http/problem.js';
import { DEFAULT_TENANT, type Keys } from './keys.js';

const TENANTS = COLLECTIONS.tenants.name;

export class Tenants {
  constructor(
    private readonly store: DocumentStore,
    private readonly clock: Clock,
    private readonly keys: Keys,
  ) {}

  /**
   * A tenant with its first admin key. Throws `tenant_exists`. The key is stored first: a crash in between leaves a key
   * that nobody knows, never a tenant that nobody can enter.
   */
  async create(tenantId: string, name: string): Promise<{ readonly tenantId: string; readonly adminKey: string }> {
    if (await this.store.get<TenantDocument>(TENANTS, tenantId)) throw exists(tenantId);
    const { id, key } = await this.keys.create(tenantId, 'first admin key', 'admin');
    if (!(await this.#put(tenantId, name))) {
      await this.keys.remove(id);
      throw exists(tenantId);
    }
    return { tenantId, adminKey: key };
  }

  async ensureDefault(): Promise<void> {
    await this.#put(DEFAULT_TENANT, 'Default');
  }

  async #put(tenantId: string, name: string): Promise<boolean> {
    const doc: TenantDocument = { tenantId, name, createdAt: new Date(this.clock.now()).toISOString() };
    const [outcome] = await this.store.bulkWrite([
      { op: 'put', collection: TENANTS, id: tenantId, doc, expectedVersion: 0 },
    ]);
    return outcome?.ok === true;
  }
}

function exists(tenantId: string): ApiProblem {
  return new ApiProblem('tenant_exists', `The tenant "${tenantId}" exists already.`);
}
