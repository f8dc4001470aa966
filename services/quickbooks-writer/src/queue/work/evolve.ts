import type { WorkEvent } from './events.js';
import type { WorkState } from './state.js';

/** The fold of the work's events (I5). */
export function evolveWork(state: WorkState, event: WorkEvent): WorkState {
  switch (event.type) {
    case 'WorkAccepted': {
      const { target: _target, ...request } = event.facts;
      const { order = null, customer, product } = event.payload;
      return {
        identity: state.identity,
        status: 'open',
        request,
        order,
        ...(customer && { customer }),
        ...(product && { product }),
        ...(state.knownHash !== undefined && { knownHash: state.knownHash }),
        generation: state.generation + 1,
        attempts: 0,
        nextAttemptAtMs: null,
        remoteCalls: 0,
        reportedDocuments: state.reportedDocuments,
        result: null,
      };
    }
    case 'WorkSettled': {
      const { entity, contentHash, outcome, problem, documents, attempts, remoteCalls } = event.facts;
      const { customer: _customer, product: _product, ...kept } = state;
      const result = { outcome, problem, documents };
      const final = outcome === 'created' || outcome === 'updated' || outcome === 'unchanged';
      return {
        ...kept,
        status: 'settled',
        order: null,
        ...(final && entity !== 'orders' && { knownHash: contentHash }),
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
