import type { Target } from '@tillstream/contracts';
import { identityName } from '../targets/identity.js';
import type { TargetPayload, WorkEvent, WorkFacts } from '../targets/rules.js';
import { TARGET_RULES } from '../targets/table.js';
import type { RecordState } from './state.js';

/** One piece of work for a target's writer. */
export interface Request extends Omit<WorkFacts, 'entity' | 'sourceId'> {
  /** Identity and epoch of the target. */
  readonly identity: string;
  readonly recreate: boolean;
  readonly payload: TargetPayload;
}

/** The event that hands it over. */
export function requested({ entity, sourceId }: RecordState, target: Target, request: Request): WorkEvent {
  const { identity, recreate, payload, ...work } = request;
  const remote = { name: identityName(identity), recreate };
  return TARGET_RULES[target].work({ entity, sourceId, ...work }, remote, payload);
}
