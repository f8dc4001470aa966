export * from './clock.js';
export * from './crash-points.js';
export * from './errors.js';
export * from './hash.js';
export * from './ids.js';
export * from './json-difference.js';
export * from './money.js';
