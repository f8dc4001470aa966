import type { FactsOf, RecordsDiscovered, Target } from '@tillstream/contracts';
import type { RunEvent } from './inputs.js';
import { extended, withMarks } from './outcomes.js';
import type { RunState } from './state.js';

/** The fold of a run's events (I5). */
export function evolveRun(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'RunOpened':
      return open(state, event.facts);
    case 'RecordsDiscovered':
      return addRecords(state, event.facts);
    case 'RunScanAdvanced': {
      const { step, position, cursor, remoteCalls } = event.facts;
      return withCalls({ ...state, scan: { ...state.scan, step, position, cursor } }, 'woocommerce', remoteCalls);
    }
    case 'RunScanClosed': {
      const { failure, cancelled, remoteCalls } = event.facts;
      const scan = { ...state.scan, open: false, failure: failure ?? state.scan.failure };
      return withCalls({ ...state, scan, cancelled: state.cancelled || cancelled }, 'woocommerce', remoteCalls);
    }
    case 'RunOutcomesRecorded':
      return addOutcomes(state, event.facts);
    case 'RunProgressed': {
      const { status, finishedAt } = event.facts;
      return { ...state, status, finishedAt };
    }
    case 'RunFinished':
      return state;
  }
}

/** A run cancelled before it was opened is never read. */
function open(state: RunState, { accepted }: FactsOf<'RunOpened'>): RunState {
  const outcomes = Object.fromEntries(accepted.targets.map((target) => [target, '']));
  const { entity } = accepted.request;
  return { ...state, entity, accepted, status: 'running', scan: { ...state.scan, open: !state.cancelled }, outcomes };
}

function addRecords(state: RunState, { records, targets }: RecordsDiscovered): RunState {
  const outcomes = Object.fromEntries(
    targets.map((target) => [
      target,
      extended(
        state.outcomes[target],
        records.map((record) => (concerns(record.targets ?? targets, target) ? 'pending' : 'not_counted')),
      ),
    ]),
  );
  return { ...state, discovered: state.discovered + records.length, outcomes };
}

const concerns = (targets: readonly Target[], target: Target): boolean => targets.includes(target);

function addOutcomes(state: RunState, { outcomes: news, errors }: FactsOf<'RunOutcomesRecorded'>): RunState {
  const outcomes = Object.fromEntries(
    Object.entries(state.outcomes).map(([target, text]) => {
      const marks = news.filter((one) => one.target === target);
      return [
        target,
        withMarks(
          text,
          marks.map(({ ordinal, outcome }) => ({ ordinal, mark: outcome })),
        ),
      ];
    }),
  );
  let next: RunState = { ...state, outcomes, errors: [...state.errors, ...errors] };
  for (const { target, remoteCalls } of news) next = withCalls(next, target, remoteCalls);
  return next;
}

function withCalls(state: RunState, remote: keyof RunState['remoteCalls'], calls: number): RunState {
  if (calls === 0) return state;
  return { ...state, remoteCalls: { ...state.remoteCalls, [remote]: state.remoteCalls[remote] + calls } };
}
