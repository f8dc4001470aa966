import {
  COLLECTIONS,
  type ConnectionDocument,
  connectionDocumentId,
  type FactsOf,
  Platform,
  type ProjectStatusDocument,
  type RealmStatusDocument,
  type SealedSecret,
  TOPICS,
} from '@tillstream/contracts';
import type { Secrets } from '@tillstream/credentials';
import { type DocumentStore, pagesOf, type Versioned } from '@tillstream/document-store';
import type { Clock, Ids } from '@tillstream/kernel';
import type { List } from '../http/lists.js';
import { ApiProblem, invalid } from '../http/problem.js';
import type { FactStore } from '../outbox/fact-store.js';
import { retryOnConflict } from '../outbox/retry-on-conflict.js';
import { connectionView } from './connection-view.js';
import { type ParsedBody, PLATFORMS, splitBody } from './platforms.js';
import type { RealmClaims } from './realm-claims.js';
import type { ConnectionView, TestResult } from './schemas.js';
import { requireWayIn, sealSecrets, secretText, withoutStrays } from './secret-changes.js';
import { INFORMING_CHECKS } from './shop-tester.js';
import { CONNECTIONS, loadConnection, requireConnection, type StoredConnection } from './stored-connection.js';

export interface ConnectionsDeps {
  readonly store: DocumentStore;
  readonly facts: FactStore;
  readonly claims: RealmClaims;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly ids: Ids;
}

type WriterStatus = RealmStatusDocument | ProjectStatusDocument;
const STATUS_OF: Readonly<Partial<Record<Platform, string>>> = {
  quickbooks: COLLECTIONS.realmStatus.name,
  supabase: COLLECTIONS.projectStatus.name,
};

/** How a tenant reaches its platforms. Shape only: whether it works is said by `test`. */
export class Connections {
  constructor(private readonly deps: ConnectionsDeps) {}

  async list(tenantId: string): Promise<List<ConnectionView>> {
    const views = await Promise.all(
      Platform.options.map(async (platform) => {
        const found = await loadConnection(this.deps.store, tenantId, platform);
        return found ? [await this.#view(found.doc)] : [];
      }),
    );
    return { items: views.flat(), nextCursor: null };
  }

  async get(tenantId: string, platform: Platform): Promise<ConnectionView> {
    return this.#view((await requireConnection(this.deps.store, tenantId, platform)).doc);
  }

  /**
   * Creates or replaces. Throws `identity_change` when it would point elsewhere and `replaceIdentity` is false,
   * `realm_in_use` when the company belongs to another tenant, `validation_failed` when it lacks what it needs.
   */
  async put(
    tenantId: string,
    platform: Platform,
    body: Readonly<Record<string, unknown>>,
    replaceIdentity: boolean,
  ): Promise<ConnectionView> {
    const given = splitBody(platform, body);
    const { before, doc } = await retryOnConflict(async () => {
      await this.#finishRemoval(tenantId, platform);
      const before = await loadConnection(this.deps.store, tenantId, platform);
      if (!before) requireWayIn(platform, given);
      const identity = this.#identity(platform, given, before?.doc ?? null);
      const replaced = before !== null && before.doc.identity !== identity;
      if (replaced && !replaceIdentity) throw identityChange(platform, before.doc);
      const parsed = before === null ? given : withoutStrays(platform, given, before.doc, replaced);
      if (replaced) requireWayIn(platform, parsed);
      if (platform === 'quickbooks') await this.deps.claims.claim(tenantId, identity);
      const doc = this.#next(tenantId, platform, identity, parsed, before?.doc ?? null);
      return (await this.#write(before, doc, replaced)) ? { before, doc } : undefined;
    });
    if (platform === 'quickbooks' && before && before.doc.identity !== doc.identity) {
      await this.deps.claims.release(tenantId, before.doc.identity);
    }
    return this.#view(doc);
  }

  /** Throws `not_found`. Work that waits for the connection stays parked. */
  async delete(tenantId: string, platform: Platform): Promise<void> {
    const { doc } = await requireConnection(this.deps.store, tenantId, platform);
    await retryOnConflict(async () => {
      const before = await loadConnection(this.deps.store, tenantId, platform);
      if (!before) return true;
      const gone = { ...before.doc, identityKey: '', config: {}, secrets: {}, removed: true };
      return (await this.#write(before, gone, false)) ? true : undefined;
    });
    await this.#finishRemoval(tenantId, platform);
    if (platform === 'quickbooks') await this.deps.claims.release(tenantId, doc.identity);
  }

  /** Stores what a test found; a connection that changed meanwhile keeps its own state. */
  async recordTest(
    before: Versioned<StoredConnection>,
    { ok, checks }: Pick<TestResult, 'ok' | 'checks'>,
  ): Promise<void> {
    const failed = ok ? undefined : checks.find((check) => !check.ok && !INFORMING_CHECKS.has(check.name));
    const set = {
      status: ok ? 'connected' : 'error',
      detail: failed ? `${failed.name}: ${failed.detail}` : null,
      checks,
      lastCheckedAt: this.#now(),
    };
    const { id, version: expectedVersion } = before;
    await this.deps.store.bulkWrite([{ op: 'patch', collection: CONNECTIONS, id, set, expectedVersion }]);
  }

  /** Finishes what a crash interrupted: facts not appended, connections not quite deleted. */
  async recover(): Promise<void> {
    await this.deps.facts.recover(CONNECTIONS);
    for await (const page of pagesOf<StoredConnection>(this.deps.store, CONNECTIONS, { limit: 1_000 })) {
      for (const { doc } of page) {
        if (doc.removed) await this.#finishRemoval(doc.tenantId, doc.platform);
      }
    }
  }

  #identity(platform: Platform, { config, secrets }: ParsedBody, before: StoredConnection | null): string {
    const text = (name: string) => secretText(this.deps.secrets, secrets, before, name);
    const identity = PLATFORMS[platform].identity(config, text);
    if (identity === '') throw invalid('projectUrl', 'is needed when there is no databaseUrl');
    return identity;
  }

  #next(
    tenantId: string,
    platform: Platform,
    identity: string,
    { config, secrets }: ParsedBody,
    before: StoredConnection | null,
  ): ConnectionDocument {
    const connectionId = before?.connectionId ?? this.deps.ids.next('con');
    const now = this.#now();
    const replaced = before !== null && before.identity !== identity;
    const sealed: Record<string, SealedSecret> = sealSecrets(
      this.deps.secrets,
      { tenantId, connectionId },
      secrets,
      before,
    );
    return {
      tenantId,
      platform,
      connectionId,
      identity,
      config,
      secrets: sealed,
      identityKey: `${platform}:${identity}`,
      identityEpoch: (before?.identityEpoch ?? 1) + (replaced ? 1 : 0),
      secretsVersion: (before?.secretsVersion ?? 0) + (secrets.get('refreshToken') === 'keep' ? 0 : 1),
      status: 'unverified',
      detail: null,
      checks: [],
      lastCheckedAt: null,
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
    };
  }

  /** The producer names the connection, not the document: a connection made anew counts its facts from 1. */
  #write(
    before: Versioned<StoredConnection> | null,
    content: ConnectionDocument,
    identityReplaced: boolean,
  ): Promise<boolean> {
    const { tenantId, platform, connectionId, identity, removed = false } = content;
    const facts: FactsOf<'ConnectionChanged'> = { platform, connectionId, identity, removed, identityReplaced };
    return this.deps.facts.write<ConnectionDocument>({
      collection: CONNECTIONS,
      id: connectionDocumentId(tenantId, platform),
      producer: `${CONNECTIONS}/${connectionId}`,
      before,
      content,
      facts: [{ topic: TOPICS.config.name, key: tenantId, type: 'ConnectionChanged', facts }],
    });
  }

  /** Deletes a document that is marked as removed, once its last fact is in the log. */
  async #finishRemoval(tenantId: string, platform: Platform): Promise<void> {
    const id = connectionDocumentId(tenantId, platform);
    const found = await this.deps.store.get<StoredConnection>(CONNECTIONS, id);
    if (!found?.doc.removed) return;
    if (found.doc.outboxPending) {
      await this.deps.facts.recover(CONNECTIONS);
      return this.#finishRemoval(tenantId, platform);
    }
    await this.deps.store.bulkWrite([{ op: 'delete', collection: CONNECTIONS, id, expectedVersion: found.version }]);
  }

  async #view(connection: ConnectionDocument): Promise<ConnectionView> {
    return connectionView(connection, PLATFORMS[connection.platform].secrets, await this.#writerStatus(connection));
  }

  /** What the target's writer knows of it, which is newer than what the last test found; null = nothing. */
  async #writerStatus({ platform, tenantId, identity }: ConnectionDocument): Promise<WriterStatus | null> {
    const collection = STATUS_OF[platform];
    if (!collection) return null;
    return (await this.deps.store.get<WriterStatus>(collection, `${tenantId}:${identity}`))?.doc ?? null;
  }

  #now(): string {
    return new Date(this.deps.clock.now()).toISOString();
  }
}

function identityChange(platform: Platform, { identity }: ConnectionDocument): ApiProblem {
  const message = `This points to another ${PLATFORMS[platform].noun} than ${identity}. Everything known about the old one would be left behind; add ?replaceIdentity=true to do it.`;
  return new ApiProblem('identity_change', message);
}
