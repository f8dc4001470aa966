import type { RunAccepted } from '@tillstream/contracts';
import { targetOf, type RecordState } from '../record/state.js';
import { readsFrom } from './snapshot.js';
import type { RunState, ScanPosition } from './state.js';

/**
 * The last phase of a full run (B6): records with a document that the pass did not meet. The shop's lists cannot show what
 * was deleted, so our own records say what is missing, and the shop is asked for each by its id.
 */
export interface MissedPosition {
  readonly phase: 'missed';
  /** The store's cursor among the candidates; null = from the first. */
  readonly after: string | null;
}

export const FIRST_MISSED: MissedPosition & ScanPosition = { phase: 'missed', after: null };

export function isMissedPosition(position: ScanPosition): position is MissedPosition & ScanPosition {
  return typeof position === 'object' && position !== null && 'phase' in position && position.phase === 'missed';
}

/** Does the run read everything there is? Only then does not meeting a record mean something. */
export function readsEverything(state: RunState): boolean {
  if (state.accepted === null) return false;
  const { ids, refs, filters } = state.accepted.request;
  return ids === null && refs === null && Object.keys(filters).length === 0 && readsFrom(state) === null;
}

/** Which records a run looks among; the fields are those of `recordIndex`. */
export function candidatesOf({ request, sourceIdentity, acceptedAt }: RunAccepted) {
  return {
    entity: request.entity,
    writtenFrom: sourceIdentity,
    readBeganAt: { lt: Date.parse(acceptedAt) * 1000 },
  };
}

/** Has a target of the run a document of it? One of another company does not count. */
export function isWrittenFor(record: RecordState, { targets, targetIdentities }: RunAccepted): boolean {
  return targets.some((name) => {
    const { written, identity } = targetOf(record, name);
    return written && identity === (targetIdentities?.[name] ?? null);
  });
}
