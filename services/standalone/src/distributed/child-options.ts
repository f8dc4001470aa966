import type { ServiceTuning } from './roster.js';

/** What a child is told besides its environment; travels as one JSON argument. */
export interface ChildOptions extends ServiceTuning {
  /** Services and sandboxes share factor and origin, so that they agree on the time, also after a restart. */
  readonly clockFactor?: number;
  readonly clockOriginMs?: number;
  /** Of Kafka's consumers, milliseconds of real time. */
  readonly sessionTimeoutMs?: number;
}
