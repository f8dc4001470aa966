import type { RunAccepted, Target } from '@tillstream/contracts';
import { KEY_LIFE_MS } from './decide.js';
import type { EntitySyncEvent } from './inputs.js';
import { cursorKey, type ActiveRun, type EntitySyncState, type RememberedRequest } from './state.js';

/** A request is appended again at most within one restart of query-api: a few hundred are plenty. */
const DECIDED_REMEMBERED = 200;

export function evolveEntitySync(state: EntitySyncState, event: EntitySyncEvent): EntitySyncState {
  switch (event.type) {
    case 'RunAccepted': {
      const { request, scanning } = event.facts;
      const next = { ...remember(state, request.syncId), keys: withKey(state.keys, event.facts) };
      return scanning ? { ...next, active: activeRun(event.facts) } : next;
    }
    case 'RunRefused':
    case 'RunReplayed':
      return remember(state, event.facts.syncId);
    case 'RunSlotReleased':
      return { ...state, active: null, cursors: { ...state.cursors, ...event.facts.cursors } };
  }
}

function remember(state: EntitySyncState, syncId: string): EntitySyncState {
  return { ...state, decided: [...state.decided, syncId].slice(-DECIDED_REMEMBERED) };
}

function withKey(
  keys: EntitySyncState['keys'],
  { request, acceptedAt }: RunAccepted,
): Readonly<Record<string, RememberedRequest>> {
  if (request.idempotencyKey === null) return keys;
  const now = Date.parse(acceptedAt);
  const alive = Object.entries(keys).filter(([, { at }]) => now - Date.parse(at) < KEY_LIFE_MS);
  const { syncId, requestHash } = request;
  return { ...Object.fromEntries(alive), [request.idempotencyKey]: { syncId, requestHash, at: acceptedAt } };
}

function activeRun({ request, targets, targetIdentities, sourceIdentity, selection }: RunAccepted): ActiveRun {
  const keys = targets.map((target): [Target, string] => [
    target,
    cursorKey(target, targetIdentities?.[target] ?? '', sourceIdentity),
  ]);
  return {
    syncId: request.syncId,
    selection: selection ?? { statuses: [], createdFrom: null },
    cursorKeys: Object.fromEntries(keys),
  };
}
