import { type Metrics, NO_METRICS } from '@tillstream/observability';
import type { BreakerState } from '@tillstream/resilience';
import { WORK_PLACES, type WorkPlace } from './queue/realm-scheduler.js';

/** What the writer measures; labels are few and hold nobody's data. */
export interface WriterMetrics {
  readonly call: (result: string, ms: number) => void;
  readonly settled: (outcome: string) => void;
  readonly effect: (outcome: EffectOutcome) => void;
  /** Looks at every company for each scrape. Returns how to stop it. */
  readonly watch: (companies: () => Iterable<WatchedCompany>) => () => void;
}

/**
 * One step of a write in its ledger: `intended`, then `confirmed` (by the reply), `found` (by a look-up after a lost
 * reply, or adopted), `refused`, `unknown` (the reply was lost), `absent` (proven not to be there), `duplicate`.
 */
export type EffectOutcome = 'intended' | 'confirmed' | 'found' | 'refused' | 'unknown' | 'absent' | 'duplicate';

export interface WatchedCompany {
  readonly breaker: BreakerState;
  readonly work: Readonly<Record<WorkPlace, number>>;
}

const BREAKER_LABELS: Readonly<Record<BreakerState, string>> = {
  closed: 'closed',
  halfOpen: 'half_open',
  open: 'open',
};
const BREAKER_STATES = Object.keys(BREAKER_LABELS) as BreakerState[];

export function writerMetrics(metrics: Metrics = NO_METRICS): WriterMetrics {
  const calls = metrics.counter('quickbooks_calls_total', {
    help: 'Calls to QuickBooks by how they ended.',
    labels: ['result'],
  });
  const duration = metrics.histogram('quickbooks_call_seconds', {
    help: 'Time a call to QuickBooks took, waiting for its slot and budget included for reads.',
  });
  const works = metrics.counter('quickbooks_work_total', {
    help: 'Deliveries of records to QuickBooks by how they ended.',
    labels: ['outcome'],
  });
  const effects = metrics.counter('quickbooks_effects_total', {
    help: 'Writes to QuickBooks by what their ledger learnt.',
    labels: ['outcome'],
  });
  return {
    call: (result, ms) => {
      calls.add(1, { result });
      duration.observe(ms / 1000);
    },
    settled: (outcome) => works.add(1, { outcome }),
    effect: (outcome) => effects.add(1, { outcome }),
    watch: (companies) => watch(metrics, companies),
  };
}

function watch(metrics: Metrics, companies: () => Iterable<WatchedCompany>): () => void {
  const breakers = metrics.gauge('quickbooks_breakers', {
    help: 'Companies by the state of their circuit breaker.',
    labels: ['state'],
  });
  const open = metrics.gauge('quickbooks_open_work', {
    help: 'Records with work that is not settled, by where it is.',
    labels: ['state'],
  });
  return metrics.collect(() => {
    const all = [...companies()];
    for (const state of BREAKER_STATES) {
      breakers.set(all.filter(({ breaker }) => breaker === state).length, { state: BREAKER_LABELS[state] });
    }
    for (const place of WORK_PLACES) {
      open.set(
        all.reduce((sum, { work }) => sum + work[place], 0),
        { state: place },
      );
    }
  });
}
