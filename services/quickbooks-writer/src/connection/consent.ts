import type { SealedSecret } from '@tillstream/contracts';
import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore } from '@tillstream/document-store';
import { type Clock, type Ids, PermanentError, sha256Hex } from '@tillstream/kernel';
import type { ClientCredentials } from '@tillstream/quickbooks';
import type { Realm } from '../company/realm.js';

export const OAUTH_STATES_COLLECTION = 'quickbooks_oauth_states';

/** A state is good for one callback within this time (contract section 3). */
const STATE_TTL_MS = 10 * 60_000;

interface StateDocument {
  readonly tenantId: string;
  readonly realmId: string;
  readonly expiresAtMs: number;
}

export interface ConsentParts {
  readonly store: DocumentStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** The consent of a person: where to give it, and the exchange of its code (D15). */
export class Consent {
  constructor(private readonly parts: ConsentParts) {}

  /** The address a person opens. Its state is stored as a hash: it is a secret while it lasts. */
  async authorizeUrl(realm: Realm, redirectUri: string): Promise<string> {
    const { store, clock, ids } = this.parts;
    const { clientId } = this.#client(realm);
    const state = `${ids.next('consent')}${ids.next('state')}`;
    const doc: StateDocument = {
      tenantId: realm.tenantId,
      realmId: realm.realmId,
      expiresAtMs: clock.now() + STATE_TTL_MS,
    };
    await store.bulkWrite([
      { op: 'put', collection: OAUTH_STATES_COLLECTION, id: sha256Hex(state), doc, expectedVersion: 0 },
    ]);
    return realm.oauth().authorizeUrl({ clientId, redirectUri, state });
  }

  /** Exchanges the code once and stores the tokens. Throws `consent_failed` with the reason. */
  async finish(
    realm: Realm,
    given: {
      readonly sealedCode: string;
      readonly state: string;
      readonly realmId: string;
      readonly redirectUri: string;
    },
  ): Promise<void> {
    await this.#spend(realm, given.state);
    if (given.realmId !== realm.realmId) throw failed('the consent is for another QuickBooks company');
    const connection = realm.config?.quickbooks;
    if (!connection) throw failed('there is no QuickBooks connection');
    const owner = { tenantId: realm.tenantId, connectionId: connection.connectionId };
    const code = this.parts.secrets.open(JSON.parse(given.sealedCode) as SealedSecret, owner);
    const result = await realm.oauth().exchangeCode(this.#client(realm), { code, redirectUri: given.redirectUri });
    if (result.kind !== 'ok') throw failed(`QuickBooks answered ${result.kind}: ${result.detail}`);
    await realm.tokens.store(result.tokens, connection);
    await realm.resume();
  }

  /** Single use: of two callbacks with one state exactly one deletes it. */
  async #spend(realm: Realm, state: string): Promise<void> {
    const { store, clock } = this.parts;
    const id = sha256Hex(state);
    const found = await store.get<StateDocument>(OAUTH_STATES_COLLECTION, id);
    if (!found || found.doc.tenantId !== realm.tenantId) throw failed('this consent was not asked for, or used before');
    const [outcome] = await store.bulkWrite([
      { op: 'delete', collection: OAUTH_STATES_COLLECTION, id, expectedVersion: found.version },
    ]);
    if (!outcome?.ok) throw failed('this consent was used before');
    if (found.doc.expiresAtMs < clock.now()) throw failed('the consent took longer than 10 minutes');
  }

  #client(realm: Realm): ClientCredentials {
    const connection = realm.config?.quickbooks;
    const sealed = connection?.secrets['clientSecret'];
    const clientId = connection?.config['clientId'];
    if (!connection || !sealed || typeof clientId !== 'string')
      throw failed('the connection has no client id and secret');
    const owner = { tenantId: realm.tenantId, connectionId: connection.connectionId };
    return { clientId, clientSecret: this.parts.secrets.open(sealed, owner) };
  }
}

function failed(why: string): PermanentError {
  return new PermanentError('consent_failed', `QuickBooks was not connected: ${why}.`);
}
