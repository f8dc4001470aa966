import type { DocumentStore } from '@tillstream/document-store';
import type { Clock } from '@tillstream/kernel';
import { NO_METRICS, type Metrics } from '@tillstream/observability';
import { record } from '../domain/record/aggregate.js';
import { run } from '../domain/run/aggregate.js';

export interface OrchestratorMetrics {
  runFinished(status: string): void;
  recordsObserved(count: number): void;
  /** Looks up the gauges for each scrape, in the store: right after a restart and with any number of replicas. */
  watch(parts: { readonly store: DocumentStore; readonly clock: Clock }): () => void;
}

const ACTIVE = ['queued', 'running'] as const;
const UNSYNCED = { unsyncedSince: { gt: 0 } } as const;

export function orchestratorMetrics(metrics: Metrics = NO_METRICS): OrchestratorMetrics {
  const finished = metrics.counter('runs_finished_total', {
    help: 'Runs by how they ended.',
    labels: ['status'],
  });
  const observed = metrics.counter('records_observed_total', { help: 'Source records found by runs.' });
  return {
    runFinished: (status) => finished.add(1, { status }),
    recordsObserved: (count) => observed.add(count),
    watch: (parts) => watch(metrics, parts),
  };
}

function watch(metrics: Metrics, { store, clock }: { readonly store: DocumentStore; readonly clock: Clock }) {
  const active = metrics.gauge('runs_active', { help: 'Runs that have not ended, by status.', labels: ['status'] });
  const unsynced = metrics.gauge('records_unsynced', {
    help: 'Records with content that some target has not taken yet; those that wait for a person not counted.',
  });
  const oldest = metrics.gauge('oldest_unsynced_seconds', {
    help: 'Time since the shop was read for the record that has waited longest for a target; 0 when none waits.',
  });
  const removals = [
    metrics.collect(async () => {
      for (const status of ACTIVE) active.set(await store.count(run.name, { status }), { status });
    }),
    metrics.collect(async () => {
      unsynced.set(await store.count(record.name, UNSYNCED));
      oldest.set(await oldestAgeSeconds(store, clock));
    }),
  ];
  return () => {
    for (const remove of removals) remove();
  };
}

async function oldestAgeSeconds(store: DocumentStore, clock: Clock): Promise<number> {
  const sort = { field: 'unsyncedSince', direction: 'asc' } as const;
  const { items } = await store.find<{ unsyncedSince: number }>(record.name, { where: UNSYNCED, sort, limit: 1 });
  const [first] = items;
  return first === undefined ? 0 : Math.max(0, clock.now() / 1_000 - first.doc.unsyncedSince / 1_000_000);
}
