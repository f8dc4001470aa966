import type { RecordsDiscovered, RunAccepted, Target } from '@tillstream/contracts';
import { longSourceId } from '../ids.js';
import type { FoundRecord, PageRead, RunEvent } from './inputs.js';

/** Chunks stay far below the broker's message limit, and one chunk's records are handled together. */
const CHUNK_RECORDS = 25;
const CHUNK_CHARACTERS = 200_000;

type Discovered = RecordsDiscovered['records'][number];
interface Chunk {
  readonly records: Discovered[];
  readonly raw: Record<string, unknown>;
  size: number;
}

/** Gives each record of a page its ordinal and cuts the page into chunks. A record twice in one page counts once. */
export function discover(page: PageRead, accepted: RunAccepted, firstOrdinal: number): RunEvent[] {
  const records = [...new Map(page.records.map((record) => [record.sourceId, record])).values()];
  const wanted = refsBySource(accepted);
  const chunks: Chunk[] = [];
  for (const [index, record] of records.entries()) {
    const chunk = chunkFor(chunks, sizeOf(record));
    chunk.records.push({ ordinal: firstOrdinal + index, ...describe(record, wanted.get(record.sourceId)) });
    if (record.raw !== undefined) chunk.raw[record.sourceId] = record.raw;
  }
  return chunks.map(({ records: facts, raw }) => ({
    type: 'RecordsDiscovered',
    facts: { ...common(page, accepted), records: facts },
    payload: { raw },
  }));
}

function chunkFor(chunks: Chunk[], size: number): Chunk {
  const last = chunks.at(-1);
  if (last !== undefined && last.records.length < CHUNK_RECORDS && last.size + size <= CHUNK_CHARACTERS) {
    last.size += size;
    return last;
  }
  const chunk: Chunk = { records: [], raw: {}, size };
  chunks.push(chunk);
  return chunk;
}

const sizeOf = ({ raw }: FoundRecord): number => (raw === undefined ? 0 : JSON.stringify(raw).length);

interface Wanted {
  readonly targets: Target[];
  recreate: boolean;
}

/** Retry runs name the target of each record; a record of which no target is connected any more concerns none. */
function refsBySource({ request, targets }: RunAccepted): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const ref of request.refs ?? []) {
    const sourceId = longSourceId(ref.sourceId);
    const entry = wanted.get(sourceId) ?? { targets: [], recreate: false };
    if (targets.includes(ref.target) && !entry.targets.includes(ref.target)) entry.targets.push(ref.target);
    entry.recreate ||= ref.recreate === true;
    wanted.set(sourceId, entry);
  }
  return wanted;
}

function describe({ sourceId, raw }: FoundRecord, wanted: Wanted | undefined): Omit<Discovered, 'ordinal'> {
  return {
    sourceId,
    ...(wanted === undefined ? {} : { targets: wanted.targets }),
    ...(wanted?.recreate === true ? { recreate: true } : {}),
    ...(raw === undefined ? { missing: true } : {}),
  };
}

function common(page: PageRead, accepted: RunAccepted): Omit<RecordsDiscovered, 'records'> {
  const { request, targets, sourceIdentity, selection } = accepted;
  return {
    syncId: request.syncId,
    entity: request.entity ?? 'orders',
    targets,
    readBeganAt: page.readBeganAt,
    trigger: request.trigger.type,
    lane: laneOf(accepted),
    sourceIdentity,
    selection: selection ?? { statuses: [], createdFrom: null },
    statusFilter: request.filters.status ?? null,
    dryRun: request.dryRun,
  };
}

/** What people wait for goes first, a whole shop last, so that a backfill never delays a live order (D10). */
function laneOf({ request, scanning, cursors }: RunAccepted): RecordsDiscovered['lane'] {
  if (request.refs !== null) return 'retry';
  const wholeShop = scanning && Object.values(cursors).some((cursor) => cursor === null);
  return wholeShop ? 'backfill' : 'live';
}
