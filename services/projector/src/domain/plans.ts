import type { FieldDiff, PlanPayload, PlanReadModel, SyncEvent } from '@tillstream/contracts';

/** Id of a plan's line, so that the lines of a run stand together. */
export function planLineId(event: SyncEvent): string | null {
  if (event.type !== 'RecordPlanned') return null;
  const { syncId, ordinal, target } = event.facts;
  return `${event.tenantId}:${syncId}:${ordinal}:${target}`;
}

/** One line of a dry run's plan as REST shows it; the differences are payload (personal data). */
export function foldPlanLine(line: PlanReadModel | null, event: SyncEvent): PlanReadModel | null {
  if (event.type !== 'RecordPlanned') return line;
  const { tenantId, facts } = event;
  const { syncId, ordinal, entity, sourceId, sourceNumber, target, action, reason, message } = facts;
  return {
    tenantId,
    runKey: `${tenantId}:${syncId}`,
    ordinal,
    entity,
    entityId: sourceId,
    sourceNumber,
    target,
    action,
    reason,
    message,
    diff: diffIn(event.payload),
    predictedTotal: facts.predictedTotal,
    predictedCalls: facts.predictedCalls,
  };
}

/** An erased payload leaves the line without its differences. */
function diffIn(payload: SyncEvent['payload']): readonly FieldDiff[] {
  return (payload as Partial<PlanPayload> | undefined)?.diff ?? [];
}
