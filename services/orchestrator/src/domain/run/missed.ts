import type { RunAccepted } from '@tillstream/contracts';
import { targetOf, type RecordState } from '../record/state.js';
import { readsFrom } from './snapshot.js';
import type { RunState, ScanPosition } from './state.js';

/**
 * What a run looks for after its lists, asking the shop for each record by its id, because lists cannot show it:
 * - `missed`, of a run that read everything: records with a document that the pass did not meet (B6), they may be deleted;
 * - `damaged`, of every pass: records that the shop could not serve before (D9). A repair moves no date.
 */
export interface MissedPosition {
  readonly phase: 'missed' | 'damaged';
  /** The store's cursor among the candidates; null = from the first. */
  readonly after: string | null;
}

const first = (phase: MissedPosition['phase']): MissedPosition & ScanPosition => ({ phase, after: null });

/** Where a run goes on after its lists; null = it looks for nothing else. */
export function afterLists(state: RunState): (MissedPosition & ScanPosition) | null {
  if (state.accepted === null || !isUnfiltered(state.accepted)) return null;
  return first(readsEverything(state) ? 'missed' : 'damaged');
}

/** Where it goes on after the page at `position`, whose candidates continue at `nextCursor`. */
export function afterMissed({ phase }: MissedPosition, nextCursor: string | null): ScanPosition {
  if (nextCursor !== null) return { phase, after: nextCursor };
  return phase === 'missed' ? first('damaged') : null;
}

export function isMissedPosition(position: ScanPosition): position is MissedPosition & ScanPosition {
  if (typeof position !== 'object' || position === null || !('phase' in position)) return false;
  return position.phase === 'missed' || position.phase === 'damaged';
}

/** Does the run read everything there is? Only then does not meeting a record mean something. */
export function readsEverything(state: RunState): boolean {
  return state.accepted !== null && isUnfiltered(state.accepted) && readsFrom(state) === null;
}

function isUnfiltered({ request: { ids, refs, filters } }: RunAccepted): boolean {
  return ids === null && refs === null && Object.keys(filters).length === 0;
}

/** Which records a run looks among; the fields are those of `recordIndex`. */
export function candidatesOf({ request, sourceIdentity, acceptedAt }: RunAccepted, { phase }: MissedPosition) {
  return {
    entity: request.entity,
    ...(phase === 'missed' ? { writtenFrom: sourceIdentity } : { damagedFrom: sourceIdentity }),
    readBeganAt: { lt: Date.parse(acceptedAt) * 1000 },
  };
}

/** Is it worth asking the shop for? */
export function isWanted(record: RecordState, accepted: RunAccepted, { phase }: MissedPosition, everything: boolean) {
  if (phase === 'missed') return isWrittenFor(record, accepted);
  // One that was told by its place only cannot be asked for. A pass that read everything and did not meet it again ends it.
  return everything || /^woo:\d+$/.test(record.sourceId);
}

/** Has a target of the run a document of it? One of another company does not count. */
function isWrittenFor(record: RecordState, { targets, targetIdentities }: RunAccepted): boolean {
  return targets.some((name) => {
    const { written, identity } = targetOf(record, name);
    return written && identity === (targetIdentities?.[name] ?? null);
  });
}
