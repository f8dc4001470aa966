import { realmKey, TOPICS } from '@tillstream/contracts';
import { documentsOf, type DocumentStore } from '@tillstream/document-store';
import { type Assignment, Ownership } from '@tillstream/event-log';
import { asError } from '@tillstream/kernel';
import type { KeptTrace } from '@tillstream/observability';
import type { StateDocument } from '@tillstream/processor';
import { WORK_COLLECTION, workId, type WorkState } from '../queue/work/index.js';
import { recordIn } from '../delivery/deliver-record.js';
import { type LeaseDocument, LEASES_COLLECTION } from './lease.js';
import { Realm, type RealmParts } from './realm.js';
import type { QueuedWork } from '../queue/realm-scheduler.js';
import type { WatchedCompany } from '../writer-metrics.js';

/**
 * The companies of this process. It *owns* those whose partition of sync.work.quickbooks.v1 it was assigned: their queue,
 * their budget and their directories live here (D10). Others it only looks into, for a plan or a command.
 */
export class Companies {
  readonly #realms = new Map<string, Realm>();
  readonly #owned = new Ownership(TOPICS.workQuickBooks);
  /** Keys of owned companies whose open work is in the queue. */
  readonly #active = new Set<string>();
  readonly #released = new Set<Realm>();
  #cancelRecheck = () => {};

  constructor(private readonly parts: RealmParts) {}

  /** Records with work that is not settled, over the owned companies. */
  get openWork(): number {
    return [...this.#realms.values()].reduce((open, { scheduler }) => open + scheduler.size, 0);
  }

  *watched(): Generator<WatchedCompany> {
    for (const { company, scheduler } of this.#realms.values()) {
      yield { breaker: company.parts.breaker.state, work: scheduler.places() };
    }
  }

  realm(tenantId: string, realmId: string): Realm {
    const key = realmKey(tenantId, realmId);
    const known = this.#realms.get(key);
    if (known) return known;
    const realm = new Realm(tenantId, realmId, this.parts);
    this.#realms.set(key, realm);
    return realm;
  }

  /** Puts accepted work into its company's queue. */
  enqueue(state: WorkState, inTrace?: KeptTrace): void {
    const work = queuedWork(state);
    if (!work) return;
    const { tenantId, realmId } = state.identity;
    this.#active.add(realmKey(tenantId, realmId));
    this.realm(tenantId, realmId).scheduler.enqueue(inTrace ? { ...work, inTrace } : work);
  }

  /**
   * Begins with the companies of partitions that are new here, and lets go of those that are not here any more. Open
   * work is loaded, and what happened while nobody was here is looked for (D14).
   */
  async takeOver(assignment: Assignment): Promise<void> {
    const { ledger, works } = this.parts;
    this.#owned.update(assignment);
    this.#letGo();
    // What others wrote meanwhile is not remembered here.
    ledger.forget();
    works.forget();
    // What its owner before had stored and not published: a timer or a reply repeats by itself nowhere else (D3).
    await ledger.recover();
    await works.recover();
    const taken = await this.#loadOpenWork();
    for (const key of await this.#knownCompanies()) taken.add(key);
    await this.#awaken(taken);
    for (const key of taken) this.#active.add(key);
    this.#recheckLater();
  }

  /** Connections or settings of these tenants changed. */
  async reload(tenantIds: ReadonlySet<string>): Promise<void> {
    const affected = [...this.#realms.values()].filter(({ tenantId }) => tenantIds.has(tenantId));
    await Promise.all(affected.map((realm) => realm.reload()));
  }

  async stop(): Promise<void> {
    this.#cancelRecheck();
    await Promise.all([...this.#realms.values(), ...this.#released].map((realm) => realm.stop()));
  }

  #letGo(): void {
    for (const key of this.#active) {
      if (this.#owned.has(key)) continue;
      this.#active.delete(key);
      const realm = this.#realms.get(key);
      if (!realm) continue;
      // If it comes back, it comes back without what was remembered: others will have written meanwhile.
      this.#realms.delete(key);
      this.#released.add(realm);
      void realm.release().finally(() => this.#released.delete(realm));
    }
  }

  /** Keys of the companies that were taken over with work. */
  async #loadOpenWork(): Promise<Set<string>> {
    const taken = new Set<string>();
    const open = documentsOf<StateDocument<WorkState>>(this.#store, WORK_COLLECTION, { where: { open: true } });
    for await (const { doc } of open) {
      const { tenantId, realmId } = doc.state.identity;
      const key = realmKey(tenantId, realmId);
      if (!this.#isNew(key)) continue;
      taken.add(key);
      this.#restore(doc.state);
    }
    return taken;
  }

  async #knownCompanies(): Promise<string[]> {
    const known: string[] = [];
    for await (const { doc } of documentsOf<LeaseDocument>(this.#store, LEASES_COLLECTION, {})) {
      const key = realmKey(doc.tenantId, doc.realmId);
      if (this.#isNew(key)) known.push(key);
      if (this.#isNew(key)) this.realm(doc.tenantId, doc.realmId);
    }
    return known;
  }

  async #awaken(keys: ReadonlySet<string>): Promise<void> {
    await Promise.all(
      [...keys].map(async (key) => {
        const realm = this.#realms.get(key);
        try {
          await realm?.awaken();
        } catch (thrown) {
          const { logger } = this.parts.deps;
          logger.warn({ realmId: realm?.realmId, err: asError(thrown) }, 'company could not be loaded yet');
        }
      }),
    );
  }

  /**
   * Work that waits for a consent or a connection goes on by itself, also when the word of it was served by another
   * process or lost.
   */
  #recheckLater(): void {
    const { options, deps } = this.parts;
    this.#cancelRecheck();
    this.#cancelRecheck = deps.clock.setTimer(options.parkedRecheckMs, () => {
      void this.#recheck().finally(() => this.#recheckLater());
    });
  }

  async #recheck(): Promise<void> {
    const waiting = [...this.#realms.values()].filter(({ scheduler }) => scheduler.parked > 0);
    await Promise.allSettled(waiting.map((realm) => realm.reload()));
  }

  #isNew(key: string): boolean {
    return this.#owned.has(key) && !this.#active.has(key);
  }

  #restore(state: WorkState): void {
    const work = queuedWork(state);
    if (!work) return;
    const { scheduler } = this.realm(state.identity.tenantId, state.identity.realmId);
    if (state.status === 'parked') scheduler.restore(work, { kind: 'parked' });
    else if (state.nextAttemptAtMs !== null) scheduler.restore(work, { kind: 'deferred', atMs: state.nextAttemptAtMs });
    else scheduler.enqueue(work);
  }

  get #store(): DocumentStore {
    return this.parts.deps.store;
  }
}

function queuedWork(state: WorkState): QueuedWork | null {
  const { identity, request, order } = state;
  if (!request || recordIn(state) === null) return null;
  return { id: workId(identity), lane: request.lane, number: order ? order.number || order.id : null };
}
