export * from './logger.js';
export * from './metrics.js';
export * from './pino-logger.js';
export * from './observed-log.js';
export * from './prom-metrics.js';
export * from './redact.js';
export * from './tracing/index.js';
