export { applyBatch, type ReadModelCache } from './apply-batch.js';
export type { ProjectedEvent } from './domain/project.js';
export * from './projector.js';
export { Rebuilds, type RebuildDeps } from './rebuild/rebuild.js';
export { dropShadows, SHADOW_COLLECTIONS } from './rebuild/shadows.js';
export { projectorService } from './service.js';
