import { asError, type Clock } from '@tillstream/kernel';
import { type DocumentStore, documentsOf } from '@tillstream/document-store';
import type { Logger } from '@tillstream/observability';
import type { StateDocument } from '@tillstream/processor';
import { isRemoved, markerOf, problemOf, type WireEntity } from '@tillstream/quickbooks';
import { type EffectIdentity, type EffectState, effectId, LEDGER_COLLECTION, remoteKey } from './domain/index.js';
import { workId } from '../queue/work/index.js';
import type { Company } from '../company/company.js';
import { type Trail, trailOf } from '../company/company-port.js';
import type { Works } from '../queue/deliver-work.js';
import { ENTITY_OF, ORDER_DOCUMENTS, type OrderDocumentKind } from '../delivery/order/domain/document.js';
import { valueOf } from '../company/remote-answer.js';

export const SWEEPS_COLLECTION = 'quickbooks_sweeps';

interface SweepDocument {
  readonly tenantId: string;
  /** Wall clock, ms: documents created before it were looked at. */
  readonly sweptToMs: number;
}

/** Looked at again each time: clocks differ, and a request may commit late. */
const OVERLAP_MS = 3_600_000;
/** A company that could not be looked through is not left alone for a day. */
const AFTER_FAILURE_MS = 15 * 60_000;

export interface SweepParts {
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly everyMs: number;
  /** The marker of a document of ours (B7); null = its shop is not connected, so nothing can be said about it. */
  readonly markerOf: (kind: OrderDocumentKind, sourceId: string) => string | null;
}

/**
 * D14's last net: after a takeover or start, and once a day, each marked document created since is compared with the one
 * that the ledger has for its marker. Another one that lives is reported and its record is held; nothing is deleted by us.
 */
export class Sweep {
  readonly #id: string;
  #begun = false;
  #stopped = false;
  #cancel: (() => void) | null = null;

  constructor(
    private readonly company: Company,
    private readonly works: Works,
    private readonly parts: SweepParts,
  ) {
    this.#id = `${company.tenantId}:${company.realmId}`;
  }

  /** Sweeps now and then daily; once per process. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    void this.#turn();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** One look at everything created since the last one. Returns the groups found. */
  async run(trail: Trail = trailOf('backfill')): Promise<number> {
    const { store, clock } = this.parts;
    const began = clock.now();
    const last = await store.get<SweepDocument>(SWEEPS_COLLECTION, this.#id);
    const sinceMs = (last?.doc.sweptToMs ?? began) - OVERLAP_MS;
    let groups = 0;
    for (const kind of ORDER_DOCUMENTS) groups += await this.#look(kind, sinceMs, trail);
    const doc: SweepDocument = { tenantId: this.company.tenantId, sweptToMs: began };
    await store.bulkWrite([{ op: 'put', collection: SWEEPS_COLLECTION, id: this.#id, doc, expectedVersion: null }]);
    return groups;
  }

  async #turn(): Promise<void> {
    const { clock, logger, everyMs } = this.parts;
    let nextMs = everyMs;
    try {
      await this.run();
    } catch (thrown) {
      logger.warn({ err: asError(thrown) }, 'sweep did not finish');
      nextMs = Math.min(everyMs, AFTER_FAILURE_MS);
    }
    if (!this.#stopped) this.#cancel = clock.setTimer(nextMs, () => void this.#turn());
  }

  async #look(kind: OrderDocumentKind, sinceMs: number, trail: Trail): Promise<number> {
    const since = new Date(sinceMs).toISOString();
    const result = await this.company.read(trail, (api, caller) =>
      api.queryAll(caller, {
        entity: ENTITY_OF[kind],
        where: [{ field: 'MetaData.CreateTime', operator: '>=', value: since }],
      }),
    );
    const living = markedAmong(valueOf(result, this.company.pausedUntil()));
    let found = 0;
    for (const { identity, ids } of await this.#ofOneRecord(kind, living)) {
      const alive = await this.#livingAmong(kind, ids, living, trail);
      if (alive.length < 2) continue;
      found += 1;
      await this.#report(kind, identity, alive);
    }
    return found;
  }

  /** Documents beside the ledger's own, by the record they say they belong to. */
  async #ofOneRecord(kind: OrderDocumentKind, living: readonly Marked[]): Promise<readonly OfOneRecord[]> {
    const ours = await this.#knownAmong(kind, living);
    const strangers = Map.groupBy(
      living.filter(({ id }) => !ours.has(id)),
      ({ marker }) => marker,
    );
    if (strangers.size === 0) return [];
    const found: OfOneRecord[] = [];
    const { tenantId, realmId } = this.company;
    const all = remoteKey({ tenantId, realmId, kind }, '');
    // Every document of this kind: the keys begin with `all`, and ids are digits.
    const where = { remoteKey: { gte: all, lt: `${all}:` } };
    for await (const { doc } of documentsOf<StateDocument<EffectState>>(this.parts.store, LEDGER_COLLECTION, {
      where,
    })) {
      const { identity, remote } = doc.state;
      if (remote === null) continue;
      const beside = strangers.get(this.parts.markerOf(kind, identity.sourceId) ?? '');
      if (beside) found.push({ identity, ids: [remote.id, ...beside.map(({ id }) => id)] });
    }
    return found;
  }

  /** Ids of documents that the ledger has as its own. */
  async #knownAmong(kind: OrderDocumentKind, living: readonly Marked[]): Promise<ReadonlySet<string>> {
    const { tenantId, realmId } = this.company;
    const known = new Set<string>();
    for (let at = 0; at < living.length; at += KEYS_PER_READ) {
      const ids = living.slice(at, at + KEYS_PER_READ).map(({ id }) => id);
      const keys = ids.map((id) => remoteKey({ tenantId, realmId, kind }, id));
      const where = { remoteKey: { in: keys } };
      const entries = documentsOf<StateDocument<EffectState>>(this.parts.store, LEDGER_COLLECTION, { where });
      for await (const { doc } of entries) if (doc.state.remote) known.add(doc.state.remote.id);
    }
    return known;
  }

  /** The ledger's own may be older than the window, and voided or deleted meanwhile: QuickBooks is asked. */
  async #livingAmong(kind: OrderDocumentKind, ids: readonly string[], living: readonly Marked[], trail: Trail) {
    const alive: string[] = [];
    for (const id of ids) {
      if (living.some((document) => document.id === id) || (await this.#isAlive(kind, id, trail))) alive.push(id);
    }
    return alive;
  }

  async #isAlive(kind: OrderDocumentKind, id: string, trail: Trail): Promise<boolean> {
    const result = await this.company.read(trail, (api, caller) => api.readById(caller, ENTITY_OF[kind], id));
    return result.kind !== 'not_found' && !isRemoved(valueOf(result, this.company.pausedUntil()));
  }

  async #report(kind: OrderDocumentKind, identity: EffectIdentity, remoteIds: readonly string[]): Promise<void> {
    const { logger } = this.parts;
    const { tenantId, realmId } = this.company;
    logger.error({ kind, remoteIds }, 'two documents with one marker: nothing is deleted, somebody must look');
    const found = await this.company.parts.ledger.execute(effectId(identity), { type: 'ReportDuplicates', remoteIds });
    if (found.events.length === 0) return;
    const message = `${ENTITY_OF[kind]} ${remoteIds.join(' and ')} both belong to ${identity.sourceId}.`;
    const problem = problemOf('duplicate_document', message);
    const id = workId({ tenantId, realmId, entity: 'orders', sourceId: identity.sourceId });
    await this.works.execute(id, { type: 'Flag', problem, documents: [] });
  }
}

/** One look-up in the store may name that many documents. */
const KEYS_PER_READ = 100;

interface Marked {
  readonly id: string;
  readonly marker: string;
}

interface OfOneRecord {
  readonly identity: EffectIdentity;
  /** The ledger's own document first. */
  readonly ids: readonly string[];
}

/** Living documents that carry a marker of ours or of another installation. */
export function markedAmong(entities: readonly WireEntity[]): readonly Marked[] {
  return entities.flatMap((entity) => {
    const marker = markerOf(entity['PrivateNote']);
    return marker === null || isRemoved(entity) ? [] : [{ id: entity.Id, marker }];
  });
}
