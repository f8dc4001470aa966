import type { SyncEvent, Target } from '@tillstream/contracts';
import { closedFailures } from '../domain/record/facts.js';
import { recordId } from '../domain/ids.js';
import { isWithWriter, targetOf, type RecordState } from '../domain/record/state.js';
import type { OrchestratorDeps, Runtimes } from './deps.js';
import { recheckWhere } from './recheck.js';

type Result = Extract<SyncEvent, { type: 'WorkSettled' | 'WorkDeferred' }>;

/**
 * The failure of the customer or item that a result names as its cause, opened there when none is; null when it names none
 * or is not about the work the record waits for (a repeat must not open what was resolved since).
 */
export async function causeOf({ tenantId, facts }: Result, { record: records }: Runtimes): Promise<string | null> {
  const { target, entity, sourceId, sourceVersion, problem } = facts;
  const cause = problem?.cause;
  if (problem === null || cause === undefined) return null;
  const own = await records.state(recordId(tenantId, entity, sourceId));
  const current = own === null ? null : targetOf(own, target);
  if (current === null || !isWithWriter(current) || current.workVersion !== sourceVersion) return null;
  const id = recordId(tenantId, cause.entity, cause.sourceId);
  const { state } = await records.execute(id, { type: 'Blamed', target, problem });
  return targetOf(state, target).failure?.id ?? null;
}

/**
 * What is held because of this record is looked at again when its failure is over. Asked by state, not by event: a crash
 * between the two is made up for when the input comes again. Orders are nobody's cause.
 */
export async function releaseDependents(
  state: RecordState,
  deps: Pick<OrchestratorDeps, 'store' | 'secrets' | 'clock'>,
  runtimes: Pick<Runtimes, 'record'>,
): Promise<void> {
  if (state.entity === 'orders') return;
  for (const [target, failureId] of closedFailures(state)) {
    await recheckWhere({ tenantId: state.tenantId, causedBy: failureId }, { ...inputs(deps), target }, deps, runtimes);
  }
}

const inputs = ({ clock }: Pick<OrchestratorDeps, 'clock'>): { changedAt: number; target?: Target } => ({
  changedAt: Math.floor(clock.now() * 1000),
});
