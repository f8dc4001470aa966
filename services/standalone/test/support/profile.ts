import type { EventLog } from '@tillstream/event-log';
import type { Clock } from '@tillstream/kernel';
import type { StandaloneOptions } from '../../src/compose.js';

export const ADMIN_KEY = 'end-to-end-admin-key-0123456789';

export type HostOptions = { readonly clock: Clock } & Pick<StandaloneOptions, 'quickbooks' | 'orchestrator'>;

/** The running product, whichever profile it has. */
export interface Host {
  readonly httpUrl: string;
  readonly grpcUrl: string;
  /** The event log, to read what was told on its topics. */
  readonly log: EventLog;
  stop(): Promise<void>;
}

/** What differs between the profiles for a test: how fast its clock may run, and how patient it must be. */
export interface Pace {
  readonly clockFactor: number;
  /** For what is answered within a few seconds of the product's clock (D5, D15): these must not end before we look. */
  readonly calmFactor: number;
  readonly patienceMs: number;
}

const EMBEDDED: Pace = { clockFactor: 60, calmFactor: 8, patienceMs: 25_000 };
/** Every step goes over a broker and a database: a few real milliseconds each. */
const DISTRIBUTED: Pace = { clockFactor: 15, calmFactor: 2, patienceMs: 120_000 };

/** `npm run test:distributed` runs the very same specs over Kafka and MongoDB. */
export const isDistributed = process.env['TEST_PROFILE'] === 'distributed';

export const PACE: Pace = isDistributed ? DISTRIBUTED : EMBEDDED;
