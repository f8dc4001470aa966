import { COLLECTIONS, type DocumentReadModel, Entity, recordKey } from '@tillstream/contracts';
import type { DocumentStore, FindQuery } from '@tillstream/document-store';
import { PermanentError } from '@tillstream/kernel';
import { z } from 'zod';
import { fullSourceId } from '../documents/source-ids.js';
import type { List } from '../http/lists.js';
import type { Runs } from '../runs/runs.js';
import { entriesOf, matches } from './log-entry.js';
import type { LogEntry, LogsQuery } from './schemas.js';

const DOCUMENTS = COLLECTIONS.documents.name;
/** Records looked through for one answer; what lies behind them is found with its cursor. */
const MOST_LOOKED_AT = 2_000;

/** Where a list goes on: entity by entity, in each by record, in a record by entry. */
const Place = z.strictObject({
  entities: z.array(Entity),
  cursor: z.string().nullable(),
  /** Entries of the record at `cursor` that were listed already. */
  skip: z.int().min(0),
});
type Place = z.infer<typeof Place>;

/**
 * What happened, as the records' own histories tell it (their last 500 events each): the records that changed last come
 * first, in each record the newest entry. An answer may be short, even empty, and still have a `nextCursor`.
 */
export class Logs {
  constructor(
    private readonly store: DocumentStore,
    private readonly runs: Runs,
  ) {}

  /** Throws `not_found` for an unknown run. */
  async list(tenantId: string, query: LogsQuery): Promise<List<LogEntry>> {
    const run = query.syncId === undefined ? null : await this.runs.get(tenantId, query.syncId);
    // By the run's own id: the one asked for may belong to a request that repeated an earlier one.
    const wanted = run ? { ...query, syncId: run.syncId } : query;
    const entity = query.entity ?? (query.entityId === undefined ? (run?.entity ?? null) : 'orders');
    const place = query.cursor === undefined ? null : placeAt(query.cursor);
    const start = place ?? { entities: entity ? [entity] : [...Entity.options], cursor: null, skip: 0 };
    if (query.entityId !== undefined) return this.#ofRecord(tenantId, query.entityId, wanted, start);
    const since = latest(query.from, run?.requestedAt);
    return this.#look(tenantId, wanted, since, start);
  }

  async #ofRecord(tenantId: string, id: string, query: LogsQuery, start: Place): Promise<List<LogEntry>> {
    const key = recordKey(tenantId, start.entities[0] ?? 'orders', fullSourceId(id));
    const found = await this.store.get<DocumentReadModel>(DOCUMENTS, key);
    const all = found?.doc.tenantId === tenantId ? entriesOf(found.doc).filter((entry) => matches(entry, query)) : [];
    const end = start.skip + query.limit;
    return { items: all.slice(start.skip, end), nextCursor: all.length > end ? textOf({ ...start, skip: end }) : null };
  }

  async #look(tenantId: string, query: LogsQuery, since: string | null, start: Place): Promise<List<LogEntry>> {
    const items: LogEntry[] = [];
    let place: Place | null = start;
    for (let looked = 0; place !== null && items.length < query.limit && looked < MOST_LOOKED_AT; looked += 1) {
      place = await this.#lookAtOne(tenantId, query, since, place, items);
    }
    return { items, nextCursor: place && textOf(place) };
  }

  /** Takes what fits from the next record and says where it goes on; null = nothing is left. */
  async #lookAtOne(
    tenantId: string,
    query: LogsQuery,
    since: string | null,
    place: Place,
    items: LogEntry[],
  ): Promise<Place | null> {
    const [entity, ...others] = place.entities;
    if (entity === undefined) return null;
    const where: NonNullable<FindQuery['where']> = { tenantId, entity, ...(since && { updatedAt: { gte: since } }) };
    const sort = { field: 'updatedAt', direction: 'desc' as const };
    const page = { where, sort, limit: 1, ...(place.cursor !== null && { cursor: place.cursor }) };
    const found = await this.store.find<DocumentReadModel>(DOCUMENTS, page);
    const entries = found.items.flatMap(({ doc }) => entriesOf(doc)).filter((entry) => matches(entry, query));
    const end = place.skip + query.limit - items.length;
    items.push(...entries.slice(place.skip, end));
    if (entries.length > end) return { ...place, skip: end };
    if (found.nextCursor !== null) return { ...place, cursor: found.nextCursor, skip: 0 };
    return others.length === 0 ? null : { entities: others, cursor: null, skip: 0 };
  }
}

function latest(from: string | undefined, requestedAt: string | undefined): string | null {
  const times = [from, requestedAt].flatMap((time) => (time === undefined ? [] : new Date(time).toISOString()));
  return times.toSorted().at(-1) ?? null;
}

function textOf(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function placeAt(cursor: string): Place {
  try {
    return Place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new PermanentError('cursor_invalid', 'not a cursor of this list', { cause });
  }
}
