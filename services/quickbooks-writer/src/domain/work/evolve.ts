import type { WorkEvent } from './events.js';
import type { WorkState } from './state.js';

/** The fold of the work's events (I5). */
export function evolveWork(state: WorkState, event: WorkEvent): WorkState {
  switch (event.type) {
    case 'WorkAccepted': {
      const { target: _target, ...request } = event.facts;
      return {
        identity: state.identity,
        status: 'open',
        request,
        order: event.payload.order ?? null,
        generation: state.generation + 1,
        attempts: 0,
        nextAttemptAtMs: null,
        remoteCalls: 0,
        reportedDocuments: state.reportedDocuments,
        result: null,
      };
    }
    case 'WorkSettled': {
      const { outcome, problem, documents, attempts, remoteCalls } = event.facts;
      const result = { outcome, problem, documents };
      const final = outcome === 'created' || outcome === 'updated' || outcome === 'unchanged';
      return {
        ...state,
        status: 'settled',
        order: null,
        attempts,
        remoteCalls,
        nextAttemptAtMs: null,
        reportedDocuments: final ? documents.length : state.reportedDocuments,
        result,
      };
    }
    case 'WorkDeferred': {
      const { attempts, remoteCalls, nextAttemptAt } = event.facts;
      const nextAttemptAtMs = nextAttemptAt === null ? null : Date.parse(nextAttemptAt);
      return {
        ...state,
        status: nextAttemptAt === null ? 'parked' : 'deferred',
        attempts,
        remoteCalls,
        nextAttemptAtMs,
      };
    }
  }
}
