import type { Entity, FactsOf, Outcome, Target } from '@tillstream/contracts';
import { statusGroup } from '../selection.js';
import { statusOf, type Observation, type RecordEvent } from './inputs.js';
import { asItStands, judge } from './judge.js';
import { DAMAGED, GONE, rebased, targetOf, type RecordState } from './state.js';
import { eventsOf, settledFor, tellRun, type Verdict } from './visit.js';

/** A record found by a run. Whatever happens, the run hears about its ordinal in every target, now or later. */
export function decideObserved(input: Observation, state: RecordState, now: number): readonly RecordEvent[] {
  const { syncId, ordinal } = input;
  if (state.runs.some((run) => run.syncId === syncId && run.ordinal === ordinal)) return [];
  if (input.runCancelled) return settleAll(input, 'skipped');
  if (isFilteredOut(input)) return settleAll(input, 'not_counted');
  const secondSighting = state.runs.some((run) => run.syncId === syncId && run.counted);
  if (isOlder(input, state)) return secondSighting ? settleAll(input, 'not_counted') : standing(input, state, now);
  const { seen, version } = seenBy(input, state);
  const verdicts = input.targets.map((target): [Target, Verdict] => [
    target,
    judge({ observation: input, state: seen, target, now, version }),
  ]);
  return secondSighting ? again(input, seen, version, verdicts) : record(input, seen, version, verdicts);
}

/** Read before what is known was (D8); reads of another shop cannot be compared. */
export function isOlder({ sourceIdentity, readBeganAt }: Observation, state: RecordState): boolean {
  const sameShop = state.sourceIdentity === null || state.sourceIdentity === sourceIdentity;
  return sameShop && readBeganAt < state.readBeganAt;
}

/** The state an observation is judged in, and the version it gets (D8). */
export function seenBy(input: Observation, state: RecordState): { seen: RecordState; version: number } {
  const seen = {
    ...rebased(state, input.sourceIdentity, input.targetIdentities),
    sourceNumber: numberOf(input, state),
  };
  return { seen, version: Math.max(state.version + 1, input.readBeganAt) };
}

function numberOf({ sighting }: Observation, { sourceNumber }: RecordState): string {
  if (sighting.kind === 'order') return sighting.order.number;
  return (sighting.kind === 'unreadable' ? sighting.sourceNumber : null) ?? sourceNumber;
}

function settleAll(input: Observation, outcome: Outcome | 'not_counted'): RecordEvent[] {
  return input.targets.map((target) => settledFor(input, target, outcome, null, { mark: false }));
}

export function isFilteredOut({ statusFilter, sighting }: Observation): boolean {
  if (statusFilter === null || sighting.kind === 'missing' || sighting.kind === 'damaged') return false;
  const status = statusOf(sighting);
  return status !== null && !statusFilter.includes(status);
}

function record(
  input: Observation,
  state: RecordState,
  version: number,
  verdicts: readonly (readonly [Target, Verdict])[],
): readonly RecordEvent[] {
  const waits = verdicts.filter(([, { mark }]) => mark === 'waits').map(([target]) => target);
  const events = verdicts.flatMap(([target, verdict]) => eventsOf(state, target, verdict));
  const settled = verdicts.flatMap(([target, verdict]) => tellRun(input, state, target, verdict, { mark: true }));
  const isNews = waits.length > 0 || events.length > 0 || isChangeOfOurs(input, state, verdicts);
  return isNews ? [observedFact(input, state, version, waits), ...events, ...settled] : settled;
}

/** The run counts a record once; what changed since its first sighting is still carried on. */
function again(
  input: Observation,
  state: RecordState,
  version: number,
  verdicts: readonly (readonly [Target, Verdict])[],
): readonly RecordEvent[] {
  const events = verdicts.flatMap(([target, verdict]) => eventsOf(state, target, verdict));
  const settled = input.targets.map((target) => settledFor(input, target, 'not_counted', null, { mark: true }));
  const isNews = events.length > 0 || isChangeOfOurs(input, state, verdicts);
  return isNews ? [observedFact(input, state, version, []), ...events, ...settled] : settled;
}

/** Content that changed without concerning a target (a status, a note): shown, unless the record is none of ours. */
function isChangeOfOurs(
  { sighting }: Observation,
  state: RecordState,
  verdicts: readonly (readonly [Target, Verdict])[],
): boolean {
  if (sighting.kind === 'missing' || sighting.kind === 'damaged') return false;
  if (sighting.contentHash === state.contentHash) return false;
  return verdicts.some(([, { mark }]) => mark !== 'not_counted');
}

/** Older than what is known: dropped, but the run gets the present state as its outcome (D8). */
function standing(input: Observation, state: RecordState, now: number): readonly RecordEvent[] {
  const verdicts = input.targets.map((target): [Target, Verdict] => [
    target,
    asItStands({ now }, targetOf(state, target)),
  ]);
  const waits = verdicts.filter(([, { mark }]) => mark === 'waits').map(([target]) => target);
  const settled = verdicts.flatMap(([target, verdict]) => tellRun(input, state, target, verdict, { mark: false }));
  return waits.length === 0 ? settled : [joined(input, state, waits), ...settled];
}

function observedFact(input: Observation, state: RecordState, version: number, waits: Target[]): RecordEvent {
  const { sighting, readBeganAt, targetIdentities, sourceIdentity } = input;
  const status = statusOf(sighting);
  const facts: FactsOf<'RecordObserved'> = {
    ...ofRecord(input, state),
    ...ofSighting(sighting, state),
    sourceVersion: version,
    readBeganAt,
    sourceIdentity,
    targetIdentities: { ...targetIdentities },
    gone: status === null ? state.gone : isGone(status, state.entity, input.selection),
    waits,
  };
  return { type: 'RecordObserved', facts };
}

/** Cancelled or deleted orders, thrown away products, deleted customers. */
function isGone(status: string, entity: Entity, selection: Observation['selection']): boolean {
  return entity === 'orders' ? statusGroup(status, selection) === 'cancelled' : GONE_STATUSES.includes(status);
}
const GONE_STATUSES: readonly string[] = ['gone', 'trash'];

/** A run that waits for what is under way without having brought anything new. */
function joined(input: Observation, state: RecordState, waits: Target[]): RecordEvent {
  const facts: FactsOf<'RecordObserved'> = {
    ...ofRecord(input, state),
    sourceNumber: state.sourceNumber,
    contentHash: state.contentHash ?? '',
    status: state.status ?? '',
    totalMinor: null,
    totalTaxMinor: null,
    currency: null,
    sourceVersion: state.version,
    readBeganAt: state.readBeganAt,
    sourceIdentity: state.sourceIdentity ?? input.sourceIdentity,
    targetIdentities: {},
    gone: state.gone,
    waits,
  };
  return { type: 'RecordObserved', facts };
}

function ofRecord({ syncId, ordinal }: Observation, { entity, sourceId }: RecordState) {
  return { entity, sourceId, syncId, ordinal };
}

function ofSighting(sighting: Observation['sighting'], state: RecordState) {
  const { sourceNumber } = state;
  const unknown = { sourceNumber, totalMinor: null, totalTaxMinor: null, currency: null };
  switch (sighting.kind) {
    case 'order': {
      const { status, totalMinor, totalTaxMinor, currency } = sighting.order;
      return { sourceNumber, contentHash: sighting.contentHash, status, totalMinor, totalTaxMinor, currency };
    }
    case 'customer':
    case 'product':
    case 'unreadable':
      return { ...unknown, contentHash: sighting.contentHash, status: statusOf(sighting) ?? '' };
    case 'missing':
      return { ...unknown, contentHash: state.contentHash ?? GONE, status: 'gone' };
    case 'damaged':
      return { ...unknown, contentHash: state.contentHash ?? DAMAGED, status: state.status ?? '' };
  }
}
