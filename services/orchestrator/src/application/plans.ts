import { type PlanPayload, type SyncEvent, TOPICS } from '@tillstream/contracts';
import type { AggregateInput, DecodedRecord } from '@tillstream/processor';
import { planId, recordId } from '../domain/ids.js';
import type { Observation } from '../domain/record/inputs.js';
import { planObserved } from '../domain/record/plan-observed.js';
import { initialRecord } from '../domain/record/state.js';
import type { RunPlanInput } from '../domain/run-plan/inputs.js';
import type { OrchestratorDeps, Runtimes } from './deps.js';

export const PLAN_TOPICS = [TOPICS.planAnswers.name];

type Discovered = Extract<SyncEvent, { type: 'RecordsDiscovered' }>;

/** Records of a dry run, judged in the state they have now; that state is only read (ADR 0011). */
export async function planRecords(
  { tenantId, facts }: Discovered,
  observations: readonly { readonly sourceId: string; readonly input: Observation }[],
  { clock }: Pick<OrchestratorDeps, 'clock'>,
  { record: records, runPlan }: Pick<Runtimes, 'record' | 'runPlan'>,
): Promise<void> {
  const id = planId(tenantId, facts.entity, facts.syncId);
  const inputs = await Promise.all(
    observations.map(async ({ sourceId, input }): Promise<AggregateInput<RunPlanInput>> => {
      const known = await records.state(recordId(tenantId, facts.entity, sourceId));
      const state = known ?? initialRecord(tenantId, facts.entity, sourceId);
      const { sighting, ordinal } = input;
      const sourceNumber = sighting.kind === 'order' ? sighting.order.number : state.sourceNumber;
      const targets = planObserved(input, state, clock.now());
      return { id, input: { type: 'Judged', ordinal, sourceId, sourceNumber, targets } };
    }),
  );
  await runPlan.handle(inputs);
}

/** Answers of the writers; each has a producer of its own, so a repeat is known by the line being done. */
export function planHandler({ runPlan }: Pick<Runtimes, 'runPlan'>) {
  return async (events: readonly DecodedRecord[]): Promise<void> => {
    const inputs: AggregateInput<RunPlanInput>[] = [];
    for (const { event } of events) {
      if (event.type !== 'PlanAnswered') continue;
      const { entity, syncId } = event.facts;
      const { diff = [] } = (event.payload ?? {}) as Partial<PlanPayload>;
      inputs.push({
        id: planId(event.tenantId, entity, syncId),
        input: { type: 'Answered', answer: event.facts, diff },
      });
    }
    await runPlan.handle(inputs);
  };
}
