import type { DocumentStore } from '@tillstream/document-store';
import { notFound } from '../http/problem.js';
import type { RealmClaims } from './realm-claims.js';
import type { CallbackQuery } from './schemas.js';
import { requireConnection } from './stored-connection.js';
import type { WriterCommands } from './writer-commands.js';

const CALLBACK_PATH = '/api/connections/quickbooks/callback';

/** The consent of a person to reach a QuickBooks company: begun by an admin, finished by the browser that comes back. */
export class Consent {
  constructor(
    private readonly deps: {
      readonly store: DocumentStore;
      readonly claims: RealmClaims;
      readonly writer: WriterCommands;
      /** The address under which the browser reaches this API. */
      readonly publicUrl: () => string;
    },
  ) {}

  /** Throws `not_found` without a connection, `writer_unavailable`, `consent_failed`. */
  async begin(tenantId: string): Promise<{ readonly authorizeUrl: string }> {
    await requireConnection(this.deps.store, tenantId, 'quickbooks');
    return { authorizeUrl: await this.deps.writer.authorizeUrl(tenantId, this.#redirectUri()) };
  }

  /**
   * Comes without a key: the realm says which tenant it is (a realm belongs to one), and the state, known only to who
   * began, is checked and used up by the writer. Throws `not_found`, `writer_unavailable`, `consent_failed`.
   */
  async finish(query: CallbackQuery): Promise<{ readonly ok: true; readonly realmId: string }> {
    const tenantId = await this.deps.claims.ownerOf(query.realmId);
    if (tenantId === null) throw notFound('A connection to this QuickBooks company');
    const { doc } = await requireConnection(this.deps.store, tenantId, 'quickbooks');
    const { code, state, realmId } = query;
    const owner = { tenantId, connectionId: doc.connectionId };
    await this.deps.writer.finishAuthorization(owner, { code, state, realmId, redirectUri: this.#redirectUri() });
    return { ok: true, realmId };
  }

  #redirectUri(): string {
    return `${this.deps.publicUrl()}${CALLBACK_PATH}`;
  }
}
