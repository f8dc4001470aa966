import { TOPICS } from '@tillstream/contracts';
import { reviewable, type Reviewable } from '@tillstream/processor';
import { entitySync } from './domain/entity-sync/aggregate.js';
import { record } from './domain/record/aggregate.js';
import { run } from './domain/run/aggregate.js';
import { runPlan } from './domain/run-plan/aggregate.js';

const { runs, discovered, events, progress, workQuickBooks, workSupabase, planQuickBooks, planSupabase, plans } =
  TOPICS;

/** The states of this service and the topics each is folded from (I5). */
export const ORCHESTRATOR_STATES: readonly Reviewable[] = [
  reviewable(entitySync, [runs.name]),
  reviewable(run, [runs.name, discovered.name]),
  reviewable(runPlan, [planQuickBooks.name, planSupabase.name, plans.name, progress.name]),
  reviewable(record, [events.name, progress.name, workQuickBooks.name, workSupabase.name]),
];
