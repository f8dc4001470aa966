export { SILENT_LOGGER } from '@tillstream/observability';
export * from './child-process.js';
export * from './crash-recorder.js';
export * from './decider-spec.js';
export * from './distributed-stack.js';
export * from './eventually.js';
export * from './postgres.js';
export * from './temp-dir.js';
export * from './temp-storage.js';
