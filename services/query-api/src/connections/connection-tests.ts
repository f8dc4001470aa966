import type { Check, Platform } from '@tillstream/contracts';
import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore, Versioned } from '@tillstream/document-store';
import type { Clock } from '@tillstream/kernel';
import type { Connections } from './connections.js';
import type { TestResult } from './schemas.js';
import { INFORMING_CHECKS, type ShopAccess, type ShopTester } from './shop-tester.js';
import { loadConnection, openSecrets, requireConnection, type StoredConnection } from './stored-connection.js';
import type { WriterCommands } from './writer-commands.js';

/** Real calls that only read, and say plainly what to fix (contract section 3). */
export class ConnectionTests {
  constructor(
    private readonly deps: {
      readonly store: DocumentStore;
      readonly connections: Connections;
      readonly writer: WriterCommands;
      readonly shops: ShopTester;
      readonly secrets: Secrets;
      readonly clock: Clock;
    },
  ) {}

  /** Throws `not_found`, `writer_unavailable`. */
  async run(tenantId: string, platform: Platform): Promise<TestResult> {
    const connection = await requireConnection(this.deps.store, tenantId, platform);
    const result = await this.#test(tenantId, connection);
    await this.deps.connections.recordTest(connection, result);
    return result;
  }

  #test(tenantId: string, connection: Versioned<StoredConnection>): Promise<TestResult> {
    switch (connection.doc.platform) {
      case 'woocommerce':
        return this.#shop(connection);
      case 'quickbooks':
        return this.#company(tenantId);
      case 'supabase':
        return this.deps.writer.testProject(tenantId);
    }
  }

  /** A company is tested together with the shop's order numbers, when there is a shop (B8). */
  async #company(tenantId: string): Promise<TestResult> {
    const shop = await loadConnection(this.deps.store, tenantId, 'woocommerce');
    const access = shop && this.#access(shop.doc);
    return this.deps.writer.testCompany(tenantId, access ? await this.deps.shops.lastOrderNumbers(access) : []);
  }

  async #shop({ doc }: Versioned<StoredConnection>): Promise<TestResult> {
    const began = this.deps.clock.monotonic();
    const checks = await this.#checkShop(doc);
    const latencyMs = Math.round(this.deps.clock.monotonic() - began);
    const ok = checks.every((check) => check.ok || INFORMING_CHECKS.has(check.name));
    return { ok, checks: [...checks], latencyMs };
  }

  async #checkShop(connection: StoredConnection): Promise<readonly Check[]> {
    const access = this.#access(connection);
    if (access) return this.deps.shops.check(access);
    return [
      { name: 'credentials', ok: false, detail: 'Consumer key or secret is missing: PUT the connection with both.' },
    ];
  }

  #access(connection: StoredConnection): ShopAccess | null {
    const secrets = openSecrets(this.deps.secrets, connection);
    const consumerKey = secrets.get('consumerKey');
    const consumerSecret = secrets.get('consumerSecret');
    if (consumerKey === undefined || consumerSecret === undefined) return null;
    return { storeUrl: connection.identity, consumerKey, consumerSecret };
  }
}
