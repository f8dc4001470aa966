import type { RecordSettled } from '@tillstream/contracts';
import type { DecideContext } from '@tillstream/processor';
import { discover } from './discover.js';
import { evolveRun } from './evolve.js';
import type { PageRead, RunEvent, RunInput } from './inputs.js';
import { markAt } from './outcomes.js';
import { finalStatus, isOver, newCursors, snapshot } from './snapshot.js';
import { ERRORS_SHOWN, type RunState } from './state.js';

/** The rules of a run (D6, D7): ordinals, outcomes, cancel and the one end. Every repeat decides nothing. */
export function decideRun(input: RunInput, state: RunState, { now }: DecideContext): readonly RunEvent[] {
  if (state.finishedAt !== null) return [];
  const events = stepOf(input, state);
  if (events.length === 0) return [];
  return [...events, ...reportOf(events.reduce(evolveRun, state), new Date(now).toISOString())];
}

function stepOf(input: RunInput, state: RunState): readonly RunEvent[] {
  switch (input.type) {
    case 'Open':
      return state.accepted === null ? [{ type: 'RunOpened', facts: { accepted: input.accepted } }] : [];
    case 'PageRead':
      return takePage(input, state);
    case 'ScanFailed': {
      if (!state.scan.open || input.step !== state.scan.step) return [];
      const { code, message, remoteCalls } = input;
      return [close(state, { failure: { code, message }, remoteCalls })];
    }
    case 'Outcomes':
      return recordOutcomes(input.settled, state);
    case 'Cancel':
      return state.cancelled ? [] : [close({ ...state, entity: input.entity }, { cancelled: true })];
  }
}

/** A snapshot after each step, and the end exactly once. A run that is not open yet has nothing to show. */
function reportOf(state: RunState, now: string): RunEvent[] {
  if (state.accepted === null) return [];
  const progressed: RunEvent = { type: 'RunProgressed', facts: snapshot(state, now) };
  if (!isOver(state)) return [progressed];
  const status = finalStatus(state);
  const { syncId, entity, accepted } = state;
  const cursors = newCursors(state, status);
  const facts = { syncId, entity, status, cursors, sourceIdentity: accepted.sourceIdentity };
  return [progressed, { type: 'RunFinished', facts }];
}

function takePage(page: PageRead, state: RunState): readonly RunEvent[] {
  const { accepted, scan, syncId, entity } = state;
  if (accepted === null || !scan.open || page.step !== scan.step) return [];
  const { next, cursor, remoteCalls } = page;
  const advanced: RunEvent = {
    type: 'RunScanAdvanced',
    facts: { syncId, entity, step: scan.step + 1, position: next, cursor: cursor ?? scan.cursor, remoteCalls },
  };
  const found = discover(page, accepted, state.discovered);
  return next === null ? [...found, advanced, close(state, {})] : [...found, advanced];
}

interface Closing {
  readonly failure?: { readonly code: string; readonly message: string };
  readonly cancelled?: boolean;
  readonly remoteCalls?: number;
}

function close({ syncId, entity }: RunState, { failure, cancelled, remoteCalls }: Closing): RunEvent {
  const facts = {
    syncId,
    entity,
    failure: failure ?? null,
    cancelled: cancelled ?? false,
    remoteCalls: remoteCalls ?? 0,
  };
  return { type: 'RunScanClosed', facts };
}

function recordOutcomes(settled: readonly RecordSettled[], state: RunState): readonly RunEvent[] {
  const news = new Map<string, RecordSettled>();
  for (const record of settled) {
    const key = `${record.target}:${record.ordinal}`;
    if (!news.has(key) && markAt(state.outcomes, record.target, record.ordinal) === 'pending') news.set(key, record);
  }
  if (news.size === 0) return [];
  const fresh = [...news.values()];
  const outcomes = fresh.map(({ ordinal, target, outcome, remoteCalls }) => ({
    ordinal,
    target,
    outcome,
    remoteCalls,
  }));
  const room = ERRORS_SHOWN - state.errors.length;
  const errors = fresh.flatMap(({ error }) => (error === null ? [] : [error])).slice(0, room);
  return [{ type: 'RunOutcomesRecorded', facts: { syncId: state.syncId, entity: state.entity, outcomes, errors } }];
}
