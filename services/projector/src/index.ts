export { applyBatch, type ReadModelCache } from './apply-batch.js';
export type { ProjectedEvent } from './domain/project.js';
export * from './projector.js';
