import type { Entity } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import type { Clock } from '@tillstream/kernel';
import type { StateDocument } from '@tillstream/processor';
import { record } from '../domain/record/aggregate.js';
import type { RecordState } from '../domain/record/state.js';
import type { FoundRecord } from '../domain/run/inputs.js';
import { afterMissed, candidatesOf, isWanted, type MissedPosition, readsEverything } from '../domain/run/missed.js';
import type { RunState, ScanPosition } from '../domain/run/state.js';
import type { Source, SourcePage } from './ports.js';

/** As many as the shop is asked for in one call; bounds what a step holds in memory. */
const CANDIDATES_PER_STEP = 100;

interface Parts {
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly source: Source;
}

/**
 * The next written records that the run's pass did not meet, as the shop has them now; those it does not have come
 * without `raw`. Every record of the pass must have been handled before, else it looks missed and is read twice.
 */
export async function readMissed(
  position: MissedPosition,
  state: RunState,
  { store, clock, source }: Parts,
  signal: AbortSignal,
): Promise<SourcePage> {
  const readBeganAt = Math.floor(clock.now() * 1000);
  const { tenantId, accepted } = state;
  if (accepted === null) return { readBeganAt, records: [], next: null, cursor: null };
  const found = await store.find<StateDocument<RecordState>>(record.name, {
    where: { tenantId, ...candidatesOf(accepted, position) },
    sort: { field: 'readBeganAt', direction: 'asc' },
    limit: CANDIDATES_PER_STEP,
    ...(position.after === null ? {} : { cursor: position.after }),
  });
  const everything = readsEverything(state);
  const records = found.items.map(({ doc }) => doc.state);
  const missed = records.filter((one) => isWanted(one, accepted, position, everything));
  const entity = accepted.request.entity ?? 'orders';
  const ids = missed.map(({ sourceId }) => sourceId);
  const read = ids.length === 0 ? [] : await readByIds(entity, ids, source, signal);
  return { readBeganAt, records: read, next: afterMissed(position, found.nextCursor), cursor: null };
}

/** Several pages only when the shop cannot show so many at once; a failure repeats the step. */
async function readByIds(
  entity: Entity,
  ids: readonly string[],
  source: Source,
  signal: AbortSignal,
): Promise<FoundRecord[]> {
  const plan = { entity, ids, modifiedAfter: null, filters: {}, trash: false };
  const records: FoundRecord[] = [];
  let position: ScanPosition = null;
  do {
    const page: SourcePage = await source.readPage(position, plan, signal);
    records.push(...page.records);
    position = page.next;
  } while (position !== null);
  return records;
}
