import { COLLECTIONS, type KeyDocument, type Role } from '@tillstream/contracts';
import { generateApiKey, hashApiKey } from '@tillstream/credentials';
import type { DocumentStore } from '@tillstream/document-store';
import type { Clock, Ids } from '@tillstream/kernel';
import { type List, type Page, paging, toList } from '../http/lists.js';
import { ApiProblem, notFound } from '../http/problem.js';
import { AdminKeys } from './admin-keys.js';

/** The key that sent a request. */
export interface Caller {
  readonly keyId: string;
  readonly tenantId: string;
  readonly role: Role;
}

export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
}

/** Of the tenant `default`; made from the configuration at every start. */
const FIRST_KEY_ID = 'key_first_admin';
export const DEFAULT_TENANT = 'default';

const KEYS = COLLECTIONS.keys.name;

/** API keys: stored as hashes, shown once. */
export class Keys {
  readonly #admins: AdminKeys;

  constructor(
    private readonly store: DocumentStore,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {
    this.#admins = new AdminKeys(store);
  }

  /** Who sends `Authorization: Bearer <key>`. Throws `unauthenticated`. */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    const key = /^Bearer +(\S{1,500})$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) throw new ApiProblem('unauthenticated', 'Send an API key as "Authorization: Bearer <key>".');
    const { items } = await this.store.find<KeyDocument>(KEYS, { where: { keyHash: hashApiKey(key) }, limit: 1 });
    const found = items[0];
    if (!found) throw new ApiProblem('unauthenticated', 'This API key is not known.');
    return { keyId: found.id, tenantId: found.doc.tenantId, role: found.doc.role };
  }

  /** A new key; the clear text is in this answer and nowhere else. */
  async create(tenantId: string, name: string, role: Role): Promise<KeyView & { readonly key: string }> {
    const id = this.ids.next('key');
    const key = generateApiKey();
    const createdAt = this.#now();
    const doc: KeyDocument = { tenantId, name, role, keyHash: hashApiKey(key), createdAt };
    await this.#put(id, doc, 0);
    if (role === 'admin') await this.#admins.add(tenantId, id);
    return { id, key, name, role, createdAt };
  }

  async list(tenantId: string, page: Page): Promise<List<KeyView>> {
    const sort = { field: 'createdAt', direction: 'desc' as const };
    const found = await this.store.find<KeyDocument>(KEYS, { where: { tenantId }, sort, ...paging(page) });
    return toList(found, ({ name, role, createdAt }, id) => ({ id, name, role, createdAt }));
  }

  /** Throws `not_found`, and `last_admin_key` for the key without which nobody could administer the tenant. */
  async delete(tenantId: string, id: string): Promise<void> {
    const found = await this.store.get<KeyDocument>(KEYS, id);
    if (found?.doc.tenantId !== tenantId) throw notFound('This key');
    if (found.doc.role === 'admin') await this.#admins.remove(tenantId, id);
    if (id === FIRST_KEY_ID) await this.#put(id, revoked(found.doc), null);
    else await this.remove(id);
  }

  /** Takes a key back without asking whose it is. */
  async remove(id: string): Promise<void> {
    await this.store.bulkWrite([{ op: 'delete', collection: KEYS, id, expectedVersion: null }]);
  }

  /**
   * Makes the configured admin key valid for the tenant `default`; another one takes the place of the one before. False
   * when somebody deleted this very key: it stays revoked, whatever the configuration still says.
   */
  async ensureFirstAdmin(adminKey: string): Promise<boolean> {
    const keyHash = hashApiKey(adminKey);
    const found = await this.store.get<KeyDocument>(KEYS, FIRST_KEY_ID);
    if (found?.doc.revokedHash === keyHash) return false;
    if (found?.doc.keyHash === keyHash) return true;
    const doc: KeyDocument = {
      tenantId: DEFAULT_TENANT,
      name: 'first admin key',
      role: 'admin',
      keyHash,
      createdAt: this.#now(),
    };
    await this.#put(FIRST_KEY_ID, doc, null);
    await this.#admins.add(DEFAULT_TENANT, FIRST_KEY_ID);
    return true;
  }

  async #put(id: string, doc: KeyDocument, expectedVersion: number | null): Promise<void> {
    await this.store.bulkWrite([{ op: 'put', collection: KEYS, id, doc, expectedVersion }]);
  }

  #now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}

/** Remembers which key it was and opens nothing: no hash of a key is empty, and no tenant is called so. */
function revoked({ keyHash, createdAt }: KeyDocument): KeyDocument {
  return { tenantId: '', name: 'revoked', role: 'viewer', keyHash: '', createdAt, revokedHash: keyHash };
}
