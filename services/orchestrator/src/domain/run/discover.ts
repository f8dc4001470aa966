import type { Entity, RecordsDiscovered, RelatedRecords, RunAccepted, Target } from '@tillstream/contracts';
import { longSourceId } from '../ids.js';
import type { FoundRecord, PageRead, RunEvent } from './inputs.js';

/** Chunks stay far below the broker's message limit, and one chunk's records are handled together. */
const CHUNK_RECORDS = 25;
const CHUNK_CHARACTERS = 200_000;

type Discovered = RecordsDiscovered['records'][number];
interface Chunk {
  readonly entity: Entity;
  readonly records: Discovered[];
  readonly raw: Record<string, unknown>;
  readonly related: Record<string, RelatedRecords>;
  size: number;
}

/** Gives each record of a page its ordinal and cuts the page into chunks. A record twice in one page counts once. */
export function discover(page: PageRead, accepted: RunAccepted, firstOrdinal: number): RunEvent[] {
  const entityOf = (record: FoundRecord): Entity => record.entity ?? accepted.request.entity ?? 'orders';
  const keyOf = (record: FoundRecord): string => `${entityOf(record)}/${record.sourceId}`;
  const records = [...new Map(page.records.map((record) => [keyOf(record), record])).values()];
  const wanted = refsByRecord(accepted);
  const chunks: Chunk[] = [];
  for (const [index, record] of records.entries()) {
    const { sourceId, raw, related } = record;
    const chunk = chunkFor(chunks, entityOf(record), sizeOf(record));
    chunk.records.push({ ordinal: firstOrdinal + index, ...describe(record, wanted.get(keyOf(record))) });
    if (raw !== undefined) chunk.raw[sourceId] = raw;
    if (related !== undefined) chunk.related[sourceId] = related;
  }
  return chunks.map(({ entity, records: facts, raw, related }) => ({
    type: 'RecordsDiscovered',
    facts: { ...common(page, accepted), entity, statusFilter: statusFilterOf(accepted, entity), records: facts },
    payload: Object.keys(related).length === 0 ? { raw } : { raw, related },
  }));
}

function chunkFor(chunks: Chunk[], entity: Entity, size: number): Chunk {
  const last = chunks.at(-1);
  const hasRoom = last !== undefined && last.records.length < CHUNK_RECORDS && last.size + size <= CHUNK_CHARACTERS;
  if (hasRoom && last.entity === entity) {
    last.size += size;
    return last;
  }
  const chunk: Chunk = { entity, records: [], raw: {}, related: {}, size };
  chunks.push(chunk);
  return chunk;
}

function sizeOf({ raw, related }: FoundRecord): number {
  return raw === undefined
    ? 0
    : JSON.stringify(raw).length + (related === undefined ? 0 : JSON.stringify(related).length);
}

interface Wanted {
  readonly targets: Target[];
  recreate: boolean;
}

/** Retry runs name the target of each record; a record of which no target is connected any more concerns none. */
function refsByRecord({ request, targets }: RunAccepted): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const ref of request.refs ?? []) {
    const key = `${ref.entity}/${longSourceId(ref.sourceId)}`;
    const entry = wanted.get(key) ?? { targets: [], recreate: false };
    if (targets.includes(ref.target) && !entry.targets.includes(ref.target)) entry.targets.push(ref.target);
    entry.recreate ||= ref.recreate === true;
    wanted.set(key, entry);
  }
  return wanted;
}

function describe({ sourceId, raw, damage }: FoundRecord, wanted: Wanted | undefined): Omit<Discovered, 'ordinal'> {
  return {
    sourceId,
    ...(wanted === undefined ? {} : { targets: wanted.targets }),
    ...(wanted?.recreate === true ? { recreate: true } : {}),
    ...(damage === undefined ? {} : { damage }),
    ...(raw === undefined && damage === undefined ? { missing: true } : {}),
  };
}

function common(page: PageRead, accepted: RunAccepted): Omit<RecordsDiscovered, 'records' | 'entity' | 'statusFilter'> {
  const { request, targets, sourceIdentity, selection } = accepted;
  return {
    syncId: request.syncId,
    targets,
    readBeganAt: page.readBeganAt,
    trigger: request.trigger.type,
    lane: laneOf(accepted),
    sourceIdentity,
    selection: selection ?? { statuses: [], createdFrom: null },
    dryRun: request.dryRun,
  };
}

/** Statuses that can be asked for are those of orders. */
function statusFilterOf({ request }: RunAccepted, entity: Entity): RecordsDiscovered['statusFilter'] {
  return entity === 'orders' ? (request.filters.status ?? null) : null;
}

/** What people wait for goes first, a whole shop last, so that a backfill never delays a live order (D10). */
function laneOf({ request, scanning, cursors }: RunAccepted): RecordsDiscovered['lane'] {
  if (request.refs !== null) return 'retry';
  const wholeShop = scanning && Object.values(cursors).some((cursor) => cursor === null);
  return wholeShop ? 'backfill' : 'live';
}
