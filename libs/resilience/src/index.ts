export * from './breaker.js';
export * from './domain/backoff.js';
export type { RateWindow } from './domain/grant-history.js';
export * from './sliding-window-budget.js';
