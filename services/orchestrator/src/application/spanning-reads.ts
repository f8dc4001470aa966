import type { Entity, RunRequest } from '@tillstream/contracts';
import { longSourceId } from '../domain/ids.js';
import type { ScanPosition } from '../domain/run/state.js';
import type { Source, SourcePage } from './ports.js';

/** What others depend on comes first, so that its success releases them. */
const ORDER: readonly Entity[] = ['customers', 'products', 'orders'];

/** Where a run over several entities stands: `inner` is the reader's own position in that entity. */
interface SpanningPosition {
  readonly entity: Entity;
  readonly inner: ScanPosition;
}

/** The next page of a retry that spans entities: the records of each, by their ids, from their own reader. */
export async function readAcross(
  { refs }: RunRequest,
  position: ScanPosition,
  source: Source,
  signal: AbortSignal,
): Promise<SourcePage> {
  const wanted = ORDER.filter((entity) => refs?.some((ref) => ref.entity === entity));
  const { entity, inner } = isSpanning(position) ? position : { entity: wanted[0] ?? 'orders', inner: null };
  const ids = distinct((refs ?? []).filter((ref) => ref.entity === entity).map(({ sourceId }) => sourceId));
  const plan = { entity, ids, modifiedAfter: null, filters: {}, trash: false };
  const page = await source.readPage(inner, plan, signal);
  const following = wanted[wanted.indexOf(entity) + 1];
  const next = page.next === null ? following && { entity: following, inner: null } : { entity, inner: page.next };
  return { ...page, records: page.records.map((record) => ({ ...record, entity })), next: next ?? null };
}

/** A position of the version before, which knew only orders, starts the (short) run over: repeats are recognised. */
function isSpanning(position: ScanPosition): position is SpanningPosition & ScanPosition {
  return typeof position === 'object' && position !== null && 'entity' in position && 'inner' in position;
}

export const distinct = (ids: readonly string[]): string[] => [...new Set(ids.map(longSourceId))];
