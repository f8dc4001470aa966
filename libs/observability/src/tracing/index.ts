export * from './active-trace.js';
export * from './start-tracing.js';
export * from './traced-log.js';
export * from './traced-requests.js';
