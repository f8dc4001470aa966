export { createOrchestrator, ORCHESTRATOR_COLLECTIONS, type Orchestrator } from './application/orchestrator.js';
export type { OrchestratorDeps, OrchestratorLimits } from './application/deps.js';
export type { OpenSource, ScanPlan, Shop, Source, SourcePage } from './application/ports.js';
export { entitySync } from './domain/entity-sync/aggregate.js';
export { record } from './domain/record/aggregate.js';
export { run } from './domain/run/aggregate.js';
export { runPlan } from './domain/run-plan/aggregate.js';
export { ORCHESTRATOR_STATES } from './states.js';
export { wooSource, type WooSourceParts } from './outbound/woo-source.js';
