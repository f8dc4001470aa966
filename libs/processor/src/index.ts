export * from './aggregate-runtime.js';
export * from './collection.js';
export * from './consume.js';
export { LruCache } from './lru-cache.js';
export * from './rebuild.js';
export * from './review-states.js';
export * from './types.js';
