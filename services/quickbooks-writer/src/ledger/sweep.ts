import { asError, type Clock } from '@tillstream/kernel';
import type { DocumentStore } from '@tillstream/document-store';
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

/**
 * D14's last net: after a takeover or start, and once a day, documents created since are grouped by their marker. Two
 * with one marker are reported and their record is held; nothing is deleted by us.
 */
export class Sweep {
  readonly #id: string;
  #begun = false;
  #stopped = false;
  #cancel: (() => void) | null = null;

  constructor(
    private readonly company: Company,
    private readonly works: Works,
    private readonly parts: {
      readonly store: DocumentStore;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly everyMs: number;
    },
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
    const groups = duplicatesIn(valueOf(result, this.company.pausedUntil()));
    for (const group of groups) await this.#report(kind, group);
    return groups.length;
  }

  async #report(kind: OrderDocumentKind, remoteIds: readonly string[]): Promise<void> {
    const { store, logger } = this.parts;
    const { tenantId, realmId } = this.company;
    logger.error({ kind, remoteIds }, 'two documents with one marker: nothing is deleted, somebody must look');
    const keys = remoteIds.map((id) => remoteKey({ tenantId, realmId, kind } as EffectIdentity, id));
    const { items } = await store.find<StateDocument<EffectState>>(LEDGER_COLLECTION, {
      where: { remoteKey: { in: keys } },
    });
    const identity = items[0]?.doc.state.identity;
    if (!identity) return;
    const found = await this.company.parts.ledger.execute(effectId(identity), { type: 'ReportDuplicates', remoteIds });
    if (found.events.length === 0) return;
    const message = `${ENTITY_OF[kind]} ${remoteIds.join(' and ')} both belong to ${identity.sourceId}.`;
    const problem = problemOf('duplicate_document', message);
    const id = workId({ tenantId, realmId, entity: 'orders', sourceId: identity.sourceId });
    await this.works.execute(id, { type: 'Flag', problem, documents: [] });
  }
}

/** Ids of living documents that share a marker, by marker. */
export function duplicatesIn(entities: readonly WireEntity[]): readonly (readonly string[])[] {
  const byMarker = new Map<string, string[]>();
  for (const entity of entities) {
    const marker = markerOf(entity['PrivateNote']);
    if (marker === null || isRemoved(entity)) continue;
    byMarker.set(marker, [...(byMarker.get(marker) ?? []), entity.Id]);
  }
  return [...byMarker.values()].filter((ids) => ids.length > 1);
}
