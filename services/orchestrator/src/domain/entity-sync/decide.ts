import type { Cursor, RunFailureCodeName, RunFinished, RunRequest, Target } from '@tillstream/contracts';
import type { DecideContext } from '@tillstream/processor';
import { ROUTED_TARGETS, TARGET_RULES } from '../targets/table.js';
import { widens } from '../selection.js';
import type { EntitySyncEvent, EntitySyncInput, RequestInput } from './inputs.js';
import { cursorKey, type EntitySyncState, type RememberedRequest } from './state.js';

/** How long an idempotency key is remembered (contract section 5). */
export const KEY_LIFE_MS = 24 * 3_600_000;

/** D5: one decision per request, in a fixed order of checks; D7: what a finished run does to slot and cursors. */
export function decideEntitySync(
  input: EntitySyncInput,
  state: EntitySyncState,
  context: DecideContext,
): readonly EntitySyncEvent[] {
  return input.type === 'Request' ? decideRequest(input, state, context.now) : release(input.finished, state);
}

function decideRequest(input: RequestInput, state: EntitySyncState, now: number): readonly EntitySyncEvent[] {
  const { request } = input;
  if (state.decided.includes(request.syncId)) return [];
  const known = rememberedRequest(request.idempotencyKey, state, now);
  if (known !== null) {
    if (known.requestHash !== request.requestHash) {
      return [refuse(request, 'idempotency_key_reused', 'this idempotency key was used for another request')];
    }
    return [{ type: 'RunReplayed', facts: { syncId: request.syncId, originalSyncId: known.syncId } }];
  }
  const { sourceIdentity } = input;
  const targets = targetsOf(input);
  if (sourceIdentity === null || targets.length === 0) {
    return [refuse(request, 'connection_missing', missingConnections(input, targets))];
  }
  if (needsStartDate(request, targets) && !input.startDateChosen) return [refuseWithoutStartDate(input)];
  const scanning = isScanning(request);
  if (scanning && state.active !== null) {
    const message = `run ${state.active.syncId} is active`;
    return [refuse(request, 'sync_already_running', message, state.active.syncId)];
  }
  return [accept(input, state, targets, sourceIdentity, scanning, now)];
}

function rememberedRequest(key: string | null, { keys }: EntitySyncState, now: number): RememberedRequest | null {
  const known = key !== null && Object.hasOwn(keys, key) ? keys[key] : undefined;
  return known !== undefined && now - Date.parse(known.at) < KEY_LIFE_MS ? known : null;
}

function targetsOf({ request, targetIdentities }: RequestInput): Target[] {
  const wanted = new Set<Target>(request.refs?.map((ref) => ref.target) ?? []);
  return ROUTED_TARGETS.filter(
    (target) =>
      targetIdentities[target] !== undefined &&
      (request.target === 'all' || request.target === target) &&
      (wanted.size === 0 || wanted.has(target)),
  );
}

/** Which connection somebody has to make. */
function missingConnections({ request, sourceIdentity }: RequestInput, targets: readonly Target[]): string {
  const wanted = request.target === 'all' ? ROUTED_TARGETS : [request.target];
  const missing = [
    ...(sourceIdentity === null ? ['WooCommerce'] : []),
    ...(targets.length === 0 ? [titleOf(wanted)] : []),
  ];
  return `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not connected`;
}

const titleOf = (targets: readonly Target[]): string => {
  const titles = targets.map((target) => TARGET_RULES[target].title).join(' or ');
  return targets.length > 1 ? `a target (${titles})` : titles;
};

/** Takes the slot: reads the shop from one end to the other and writes (contract section 5). */
export function isScanning(request: RunRequest): boolean {
  return request.ids === null && request.refs === null && !request.dryRun;
}

function needsStartDate(request: RunRequest, targets: readonly Target[]): boolean {
  return isScanning(request) && targets.some((target) => TARGET_RULES[target].needsStartDate(request.entity));
}

function refuseWithoutStartDate({ request, ordersPerYear }: RequestInput): EntitySyncEvent {
  const refused = refuse(request, 'start_date_missing', `choose orders.createdFrom first; ${figuresOf(ordersPerYear)}`);
  return {
    ...refused,
    facts: { ...refused.facts, ordersPerYear: ordersPerYear === null ? null : { ...ordersPerYear } },
  };
}

/** Not counted is not the same as none: a person chooses the date by this. */
function figuresOf(ordersPerYear: RequestInput['ordersPerYear']): string {
  if (ordersPerYear === null) return 'how many orders the shop has could not be counted in time';
  const years = Object.entries(ordersPerYear).sort(([a], [b]) => a.localeCompare(b));
  if (years.length === 0) return 'the shop has no orders in the statuses that are booked';
  return `the shop has these orders: ${years.map(([year, count]) => `${count} of ${year}`).join(', ')}`;
}

function refuse(request: RunRequest, code: RunFailureCodeName, message: string, activeSyncId: string | null = null) {
  const { syncId, entity } = request;
  const facts = { syncId, entity, request, code, message, activeSyncId, ordersPerYear: null };
  return { type: 'RunRefused' as const, facts };
}

function accept(
  { request, targetIdentities, selection }: RequestInput,
  state: EntitySyncState,
  targets: Target[],
  sourceIdentity: string,
  scanning: boolean,
  now: number,
): EntitySyncEvent {
  const cursors: Partial<Record<Target, Cursor | null>> = {};
  for (const target of targets) {
    const stored = state.cursors[cursorKey(target, targetIdentities[target] ?? '', sourceIdentity)];
    const hasGaps = request.entity === 'orders' && stored !== undefined && widens(stored.selection, selection);
    const usable = request.mode === 'incremental' && stored !== undefined && !hasGaps;
    cursors[target] = usable ? stored.cursor : null;
  }
  return {
    type: 'RunAccepted',
    facts: {
      request,
      targets,
      scanning,
      movesCursors: scanning && Object.keys(request.filters).length === 0,
      cursors,
      sourceIdentity,
      targetIdentities: { ...targetIdentities },
      selection,
      acceptedAt: new Date(now).toISOString(),
    },
  };
}

function release({ syncId, cursors }: RunFinished, state: EntitySyncState): readonly EntitySyncEvent[] {
  const { active } = state;
  if (active?.syncId !== syncId) return [];
  const moved = Object.entries(cursors).flatMap(([target, cursor]) => {
    const key = active.cursorKeys[target as Target];
    return key === undefined ? [] : [[key, { cursor, selection: active.selection }] as const];
  });
  return [{ type: 'RunSlotReleased', facts: { syncId, cursors: Object.fromEntries(moved) } }];
}
