import type { WorkCommand } from './commands.js';
import type { WorkEvent } from './events.js';
import type { WorkState } from './state.js';

/** The rules of a record's work: a newer source version replaces an older one, never the other way round (I8). */
export function decideWork(command: WorkCommand, state: WorkState): readonly WorkEvent[] {
  switch (command.type) {
    case 'Accept': {
      const { request, record } = command;
      if (state.request !== null && request.sourceVersion < state.request.sourceVersion) return [];
      return [{ type: 'WorkAccepted', facts: { ...request, target: 'quickbooks' }, payload: record }];
    }
    case 'Settle': {
      if (!isCurrent(command.generation, state)) return [];
      const { outcome, problem, documents, remoteCalls } = command;
      const facts = {
        ...subjectOf(state.request),
        outcome,
        problem,
        documents: [...documents],
        attempts: state.attempts + 1,
        remoteCalls: state.remoteCalls + remoteCalls,
      };
      return [{ type: 'WorkSettled', facts }];
    }
    case 'Flag': {
      if (state.request === null) return [];
      const { problem, documents } = command;
      const { attempts } = state;
      const subject = subjectOf(state.request);
      const facts = {
        ...subject,
        outcome: 'held' as const,
        problem,
        documents: [...documents],
        attempts,
        remoteCalls: 0,
      };
      return [{ type: 'WorkSettled', facts }];
    }
    case 'Defer': {
      if (!isCurrent(command.generation, state)) return [];
      const { problem, nextAttemptAtMs, remoteCalls } = command;
      const facts = {
        ...subjectOf(state.request),
        problem,
        attempts: attemptsAfter(state, remoteCalls),
        nextAttemptAt: nextAttemptAtMs === null ? null : new Date(nextAttemptAtMs).toISOString(),
        remoteCalls: state.remoteCalls + remoteCalls,
      };
      return [{ type: 'WorkDeferred', facts }];
    }
  }
}

/** Held back by the breaker or by our own budget is no attempt: else a short outage would end in the longest waits. */
function attemptsAfter({ attempts }: WorkState, remoteCalls: number): number {
  return Math.max(1, attempts + (remoteCalls > 0 ? 1 : 0));
}

type Delivering = WorkState & { readonly request: NonNullable<WorkState['request']> };

function isCurrent(generation: number, state: WorkState): state is Delivering {
  return state.request !== null && state.status !== 'settled' && generation === state.generation;
}

function subjectOf({ entity, sourceId, sourceVersion, contentHash }: Delivering['request']) {
  return { target: 'quickbooks' as const, entity, sourceId, sourceVersion, contentHash };
}
