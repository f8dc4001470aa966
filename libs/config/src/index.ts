export * from './config.js';
export * from './env-example.js';
export * from './load-config.js';
export * from './variables.js';
