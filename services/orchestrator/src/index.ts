export * from './domain/entity-sync/aggregate.js';
export * from './domain/run/aggregate.js';
export * from './domain/record/aggregate.js';
