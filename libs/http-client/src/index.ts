export { isPublicAddress } from './address.js';
export * from './client.js';
export * from './errors.js';
export { publicLookup } from './target-guard.js';
export * from './types.js';
