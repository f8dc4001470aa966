import type { FactsOf, Lane, RowsPayload, Target, WorkPayload } from '@tillstream/contracts';
import { identityName } from '../targets.js';
import type { RecordEvent } from './inputs.js';
import type { RecordState } from './state.js';

/** One piece of work for a target's writer. */
export interface Request {
  readonly target: Target;
  /** Identity and epoch of the target. */
  readonly identity: string;
  readonly sourceVersion: number;
  readonly contentHash: string;
  readonly lane: Lane;
  readonly syncId: string | null;
  readonly reason: FactsOf<'WorkRequested'>['reason'];
  readonly recreate: boolean;
  readonly payload: WorkPayload | RowsPayload;
}

/** Each target has an event type of its own: the books get the canonical record, the mirror the raw one. */
export function requested({ entity, sourceId }: RecordState, request: Request): RecordEvent {
  const { target, identity, sourceVersion, contentHash, lane, syncId, reason, recreate, payload } = request;
  const common = { entity, sourceId, sourceVersion, contentHash, lane, syncId, reason };
  const name = identityName(identity);
  if (target === 'quickbooks') {
    return {
      type: 'WorkRequested',
      facts: { ...common, realmId: name, recreate },
      payload,
    };
  }
  const rows = payload as RowsPayload;
  return { type: 'RowsRequested', facts: { ...common, projectId: name, deleted: isDeleted(rows) }, payload: rows };
}

/** Gone from the shop, or thrown away there. */
function isDeleted({ raw }: RowsPayload): boolean {
  if (raw === null || raw === undefined) return true;
  return typeof raw === 'object' && 'status' in raw && raw.status === 'trash';
}
