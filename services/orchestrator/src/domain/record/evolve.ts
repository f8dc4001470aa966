import type { FactsOf, Target } from '@tillstream/contracts';
import type { RecordEvent } from './inputs.js';
import { payloadOf, rebased, targetOf, type RecordState, type RunVisit, type TargetState } from './state.js';

/** Runs that may still meet the record again; older visits cannot be repeated any more (see README). */
const VISITS_REMEMBERED = 8;

/** The fold of a record's events (I5). */
export function evolveRecord(state: RecordState, event: RecordEvent): RecordState {
  switch (event.type) {
    case 'RecordObserved':
      return observed(state, event.facts);
    case 'WorkRequested':
      return requested(state, 'quickbooks', event);
    case 'RowsRequested':
      return requested(state, 'supabase', event);
    case 'RecordSettled':
      return settled(state, event.facts);
    case 'RecordSynced':
      return withTarget(state, event.facts.target, (target) => synced(target, event.facts));
    case 'FailureRecorded':
      return withTarget(state, event.facts.target, (target) => failureRecorded(target, event.facts));
    case 'FailureResolved':
      return withTarget(state, event.facts.target, (target) => ({ ...target, failure: null }));
    case 'FailureDiscarded':
      return withTarget(state, event.facts.target, discarded);
  }
}

function withTarget(state: RecordState, target: Target, change: (target: TargetState) => TargetState): RecordState {
  return { ...state, targets: { ...state.targets, [target]: change(targetOf(state, target)) } };
}

function observed(state: RecordState, facts: FactsOf<'RecordObserved'>): RecordState {
  const { sourceIdentity, targetIdentities, syncId, ordinal, waits } = facts;
  let next: RecordState = {
    ...rebased(state, sourceIdentity, targetIdentities),
    sourceNumber: facts.sourceNumber,
    version: facts.sourceVersion,
    readBeganAt: facts.readBeganAt,
    contentHash: facts.contentHash,
    status: facts.status,
    gone: facts.gone,
  };
  for (const [target, identity] of Object.entries(targetIdentities) as [Target, string][]) {
    next = withTarget(next, target, (one) => ({ ...one, identity }));
  }
  if (syncId === null || ordinal === null) return next;
  for (const target of waits) {
    next = withTarget(next, target, (one) => ({ ...one, waiting: [...one.waiting, { syncId, ordinal }] }));
  }
  return waits.length === 0 ? next : { ...next, runs: withVisit(next.runs, { syncId, ordinal, counted: true }) };
}

function withVisit(runs: readonly RunVisit[], visit: RunVisit): readonly RunVisit[] {
  const known = runs.find(({ syncId, ordinal }) => syncId === visit.syncId && ordinal === visit.ordinal);
  if (known === undefined) return [...runs, visit].slice(-VISITS_REMEMBERED);
  if (known.counted || !visit.counted) return runs;
  return runs.map((run) => (run === known ? visit : run));
}

type Requested = Extract<RecordEvent, { type: 'WorkRequested' | 'RowsRequested' }>;

function requested(state: RecordState, target: Target, { facts, payload }: Requested): RecordState {
  const { sourceVersion, contentHash, lane, syncId } = facts;
  const next = withTarget(state, target, ({ order: _order, retryingSince: _since, ...before }) => ({
    ...before,
    phase: 'pending',
    contentHash,
    workVersion: sourceVersion,
    lane,
    syncId,
    nextAttemptAt: null,
    reason: null,
    discardedHash: null,
    payload,
  }));
  return { ...next, version: Math.max(state.version, sourceVersion) };
}

function settled(state: RecordState, facts: FactsOf<'RecordSettled'>): RecordState {
  const { syncId, ordinal, target, outcome, readBeganAt } = facts;
  const counted = outcome !== 'not_counted';
  const known = state.targets[target];
  const isThis = (run: { syncId: string; ordinal: number }) => run.syncId === syncId && run.ordinal === ordinal;
  const targets =
    known === undefined
      ? state.targets
      : { ...state.targets, [target]: { ...known, waiting: known.waiting.filter((run) => !isThis(run)) } };
  return {
    ...state,
    targets,
    readBeganAt: Math.max(state.readBeganAt, readBeganAt ?? 0),
    runs: withVisit(state.runs, { syncId, ordinal, counted }),
  };
}

const PHASES = {
  created: 'synced',
  updated: 'synced',
  unchanged: 'synced',
  skipped: 'skipped',
  held: 'held',
  failed: 'failed',
} as const;

function synced(target: TargetState, facts: FactsOf<'RecordSynced'>): TargetState {
  const { outcome, contentHash, reason, documents } = facts;
  const phase = PHASES[outcome];
  // Another content than the one sent: what was sent must not be sent again as if it were this one.
  const { order: _order, ...before } = target;
  const payload = contentHash === target.contentHash ? payloadOf(target) : null;
  // Held orders may have documents: an invoice whose payment was refused, a cancelled order.
  const written = target.written || documents.length > 0;
  const next = { ...before, phase, contentHash, reason, payload, written, nextAttemptAt: null };
  if (phase !== 'synced') return next;
  return { ...next, syncedHash: contentHash, written: true, payload: null, discardedHash: null };
}

function failureRecorded(target: TargetState, facts: FactsOf<'FailureRecorded'>): TargetState {
  const { failureId, problem, attempts, state, nextAttemptAt, causedBy, retryingSince } = facts;
  const withWriter = target.phase === 'pending' || target.phase === 'retrying' || target.phase === 'parked';
  const waitingPhase = state === 'retrying' ? 'retrying' : 'parked';
  return {
    ...target,
    phase: withWriter ? waitingPhase : target.phase,
    nextAttemptAt,
    ...(retryingSince !== undefined && { retryingSince }),
    reason: problem.code,
    failure: { id: failureId, problem, attempts, ...(causedBy === null ? {} : { causedBy }) },
    discardedHash: null,
    failuresOpened: target.failure === null ? target.failuresOpened + 1 : target.failuresOpened,
  };
}

function discarded(target: TargetState): TargetState {
  const gone = { ...target, failure: null, discardedHash: target.contentHash };
  return target.phase === 'held' || target.phase === 'failed'
    ? { ...gone, phase: 'skipped', reason: 'discarded' }
    : gone;
}
