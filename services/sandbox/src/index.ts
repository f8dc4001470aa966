export * from './quickbooks/index.js';
export { FaultInjector, type FaultKind, type FaultMatch, type FaultRule, type FiredFault } from './shared/faults.js';
