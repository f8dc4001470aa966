import { COLLECTIONS, type PlanReadModel } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { shortSourceId } from '../documents/source-ids.js';
import { type List, paging, toList } from '../http/lists.js';
import { ApiProblem } from '../http/problem.js';
import type { Runs } from './runs.js';
import type { ListPlanQuery, PlanLine } from './schemas.js';

/** What dry runs would have done (contract section 5). */
export class Plans {
  constructor(
    private readonly store: DocumentStore,
    private readonly runs: Runs,
  ) {}

  /** In the order in which the records were found. Throws `not_found`, `not_a_dry_run`. */
  async list(tenantId: string, syncId: string, query: ListPlanQuery): Promise<List<PlanLine>> {
    const run = await this.runs.get(tenantId, syncId);
    if (!run.dryRun) throw new ApiProblem('not_a_dry_run', `The run ${run.syncId} wrote for real; see its counts.`);
    const { action, target } = query;
    // By the run's own id: the one asked for may belong to a request that repeated an earlier one.
    const where = { runKey: `${tenantId}:${run.syncId}`, ...(action && { action }), ...(target && { target }) };
    const sort = { field: 'ordinal', direction: 'asc' as const };
    const found = await this.store.find<PlanReadModel>(COLLECTIONS.plans.name, { where, sort, ...paging(query) });
    return toList(found, planLine);
  }
}

function planLine(line: PlanReadModel): PlanLine {
  const { entity, entityId, sourceNumber, target, action, reason, message, diff, predictedTotal, predictedCalls } =
    line;
  return {
    entity,
    entityId: shortSourceId(entityId),
    sourceId: entityId,
    sourceNumber,
    target,
    action,
    reason,
    message,
    diff: [...diff],
    predictedTotal,
    predictedCalls,
  };
}
