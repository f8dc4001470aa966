export * from './cannot-listen.js';
export * from './memory.js';
export * from './ports/open-ports.js';
export * from './readiness.js';
export * from './run-service.js';
export * from './service.js';
export * from './stop-signal.js';
