import type { StandaloneOptions } from '../compose.js';

/** What a supervised product is told besides its environment; travels as one JSON argument. */
export interface ChildOptions extends Pick<StandaloneOptions, 'quickbooks' | 'orchestrator'> {
  /** Product and sandboxes share factor and origin, so that they agree on the time, also after a restart. */
  readonly clockFactor: number;
  readonly clockOriginMs: number;
}

export function readChildOptions(text: string | undefined): ChildOptions {
  const options = JSON.parse(text ?? '{}') as Partial<ChildOptions>;
  return { clockFactor: 1, clockOriginMs: Date.now(), ...options };
}
