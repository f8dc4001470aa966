import { COLLECTIONS, type ConnectionDocument, connectionDocumentId } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import type { Clock } from '@tillstream/kernel';
import { ApiProblem } from '../http/problem.js';
import { retryOnConflict } from '../outbox/retry-on-conflict.js';

interface RealmClaim {
  readonly tenantId: string;
  readonly claimedAt: string;
}

const CLAIMS = COLLECTIONS.realmClaims.name;
/** A claim without a connection is a PUT in flight, or what a crash left behind; after this it is the latter. */
const IN_FLIGHT_MS = 60_000;

/** Which tenant owns a QuickBooks company: one document per realm, so that of two tenants exactly one wins. */
export class RealmClaims {
  constructor(
    private readonly store: DocumentStore,
    private readonly clock: Clock,
  ) {}

  /** Call before the connection is stored. Throws `realm_in_use`. */
  async claim(tenantId: string, realmId: string): Promise<void> {
    const id = claimId(realmId);
    await retryOnConflict(async () => {
      const found = await this.store.get<RealmClaim>(CLAIMS, id);
      if (found && found.doc.tenantId !== tenantId && (await this.#isHeld(found.doc, realmId))) throw inUse();
      const doc: RealmClaim = { tenantId, claimedAt: new Date(this.clock.now()).toISOString() };
      const expectedVersion = found?.version ?? 0;
      const [outcome] = await this.store.bulkWrite([{ op: 'put', collection: CLAIMS, id, doc, expectedVersion }]);
      return outcome?.ok ? true : undefined;
    });
  }

  /** Call after the connection points elsewhere or is gone. */
  async release(tenantId: string, realmId: string): Promise<void> {
    const id = claimId(realmId);
    const found = await this.store.get<RealmClaim>(CLAIMS, id);
    if (found?.doc.tenantId !== tenantId) return;
    await this.store.bulkWrite([{ op: 'delete', collection: CLAIMS, id, expectedVersion: found.version }]);
  }

  async ownerOf(realmId: string): Promise<string | null> {
    return (await this.store.get<RealmClaim>(CLAIMS, claimId(realmId)))?.doc.tenantId ?? null;
  }

  async #isHeld(claim: RealmClaim, realmId: string): Promise<boolean> {
    if (this.clock.now() - Date.parse(claim.claimedAt) < IN_FLIGHT_MS) return true;
    const id = connectionDocumentId(claim.tenantId, 'quickbooks');
    const connection = await this.store.get<ConnectionDocument>(COLLECTIONS.connections.name, id);
    return connection?.doc.identityKey === claimId(realmId);
  }
}

/** The same text as the connection's identityKey. */
function claimId(realmId: string): string {
  return `quickbooks:${realmId}`;
}

function inUse(): ApiProblem {
  return new ApiProblem('realm_in_use', 'This QuickBooks company is connected to another tenant.');
}
