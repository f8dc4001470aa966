import type { FactsOf, Outcome, Problem, RowsPayload, RowsRequested, WrittenDocument } from '@tillstream/contracts';
import type { WorkState } from './state.js';

export type WorkCommand =
  | { readonly type: 'Accept'; readonly request: RowsRequested; readonly payload: RowsPayload }
  | {
      readonly type: 'Settle';
      readonly generation: number;
      readonly outcome: Outcome;
      readonly problem: Problem | null;
      readonly documents: readonly WrittenDocument[];
      readonly remoteCalls: number;
    }
  | {
      readonly type: 'Defer';
      /** null = the latest, whatever it is: the project's trouble concerns all of its work. */
      readonly generation: number | null;
      readonly problem: Problem;
      /** Wall clock, ms; null = parked until somebody put it right. */
      readonly nextAttemptAtMs: number | null;
      readonly remoteCalls: number;
    };

export type WorkEvent =
  | { readonly type: 'RowsAccepted'; readonly facts: FactsOf<'RowsAccepted'>; readonly payload: RowsPayload & object }
  | { readonly type: 'WorkSettled'; readonly facts: FactsOf<'WorkSettled'> }
  | { readonly type: 'WorkDeferred'; readonly facts: FactsOf<'WorkDeferred'> };

/** A newer source version replaces a waiting one, never the other way round (I8). */
export function decideWork(command: WorkCommand, state: WorkState): readonly WorkEvent[] {
  const { request } = state;
  if (command.type === 'Accept') {
    if (request !== null && command.request.sourceVersion < request.sourceVersion) return [];
    const facts = { ...command.request, target: 'supabase' as const };
    return [{ type: 'RowsAccepted', facts, payload: command.payload }];
  }
  if (request === null || state.status !== 'waiting') return [];
  if (command.generation !== null && command.generation !== state.generation) return [];
  const { entity, sourceId, sourceVersion, contentHash } = request;
  const facts = {
    target: 'supabase' as const,
    entity,
    sourceId,
    sourceVersion,
    contentHash,
    attempts: state.attempts + 1,
    remoteCalls: state.remoteCalls + command.remoteCalls,
  };
  if (command.type === 'Settle') {
    const { outcome, problem, documents } = command;
    return [{ type: 'WorkSettled', facts: { ...facts, outcome, problem, documents: [...documents] } }];
  }
  const { problem, nextAttemptAtMs } = command;
  const nextAttemptAt = nextAttemptAtMs === null ? null : new Date(nextAttemptAtMs).toISOString();
  return [{ type: 'WorkDeferred', facts: { ...facts, problem, nextAttemptAt } }];
}

/** The fold of the work's events (I5). */
export function evolveWork(state: WorkState, event: WorkEvent): WorkState {
  if (event.type === 'RowsAccepted') {
    const { target: _target, ...request } = event.facts;
    return {
      identity: state.identity,
      status: 'waiting',
      request,
      payload: event.payload,
      generation: state.generation + 1,
      attempts: 0,
      nextAttemptAtMs: null,
      remoteCalls: 0,
    };
  }
  const { attempts, remoteCalls } = event.facts;
  if (event.type === 'WorkSettled') {
    return { ...state, status: 'settled', payload: null, attempts, remoteCalls, nextAttemptAtMs: null };
  }
  const { nextAttemptAt } = event.facts;
  return {
    ...state,
    attempts,
    remoteCalls,
    nextAttemptAtMs: nextAttemptAt === null ? null : Date.parse(nextAttemptAt),
  };
}
