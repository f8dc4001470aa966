import {
  COLLECTIONS,
  type DocumentReadModel,
  type Entity,
  recordKey,
  type TargetDocument,
} from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { notFound } from '../http/problem.js';
import type { DocumentView, TargetView } from './schemas.js';
import { fullSourceId } from './source-ids.js';

/** What exists where for one source record, and the events that led there. */
export class Documents {
  constructor(private readonly store: DocumentStore) {}

  /** `id` bare or with its source. Throws `not_found`. */
  async get(tenantId: string, entity: Entity, id: string): Promise<DocumentView> {
    const key = recordKey(tenantId, entity, fullSourceId(id));
    const found = await this.store.get<DocumentReadModel>(COLLECTIONS.documents.name, key);
    if (found?.doc.tenantId !== tenantId) throw notFound('This record');
    return view(entity, found.doc);
  }
}

function view(
  entity: Entity,
  { sourceId, sourceNumber, updatedAt, source, targets, events }: DocumentReadModel,
): DocumentView {
  const shown: DocumentView['targets'] = {};
  if (targets.quickbooks) shown.quickbooks = targetView(targets.quickbooks);
  if (targets.supabase) shown.supabase = targetView(targets.supabase);
  return {
    entity,
    sourceId,
    sourceNumber,
    updatedAt,
    source: source && {
      sourceVersion: source.sourceVersion,
      contentHash: source.contentHash,
      status: source.status,
      total: money(source.totalMinor, source.currency),
      totalTax: money(source.totalTaxMinor, source.currency),
    },
    targets: shown,
    events: events.map((event) => ({ ...event })),
  };
}

function targetView({ linked, ...target }: TargetDocument): TargetView {
  return {
    ...target,
    linked: linked.map(({ totalMinor, currency, ...document }) => ({
      ...document,
      total: money(totalMinor, currency),
    })),
  };
}

function money(amountMinor: number | null, currency: string | null): { amountMinor: number; currency: string } | null {
  return amountMinor === null || currency === null ? null : { amountMinor, currency };
}
