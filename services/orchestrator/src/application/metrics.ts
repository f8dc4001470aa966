import { NO_METRICS, type Metrics } from '@tillstream/observability';
import type { RunState } from '../domain/run/state.js';
import { pendingCount } from '../domain/run/outcomes.js';

export interface OrchestratorMetrics {
  runFinished(status: string): void;
  recordsObserved(count: number): void;
  /** Notes a run's state; finished runs leave the picture. */
  runSeen(id: string, state: RunState): void;
  /** Brings the gauges that depend on time up to date. */
  refresh(nowMs: number): void;
}

export function orchestratorMetrics(metrics: Metrics = NO_METRICS): OrchestratorMetrics {
  const finished = metrics.counter('runs_finished_total', {
    help: 'Runs by how they ended.',
    labels: ['status'],
  });
  const observed = metrics.counter('records_observed_total', { help: 'Source records found by runs.' });
  const running = metrics.gauge('runs_running', { help: 'Runs that have not ended.' });
  const pending = metrics.gauge('records_unsettled', {
    help: 'Records of running runs without an outcome.',
  });
  const oldest = metrics.gauge('oldest_unsettled_seconds', {
    help: 'Age of the oldest running run that waits for outcomes.',
  });
  const open = new Map<string, { readonly sinceMs: number; readonly pending: number }>();
  return {
    runFinished: (status) => finished.add(1, { status }),
    recordsObserved: (count) => observed.add(count),
    runSeen: (id, state) => {
      if (state.finishedAt !== null || state.accepted === null) open.delete(id);
      else open.set(id, { sinceMs: Date.parse(state.accepted.acceptedAt), pending: pendingCount(state.outcomes) });
    },
    refresh: (nowMs) => {
      const runs = [...open.values()];
      const waiting = runs.filter((one) => one.pending > 0);
      running.set(runs.length);
      pending.set(waiting.reduce((sum, one) => sum + one.pending, 0));
      oldest.set(Math.max(0, ...waiting.map(({ sinceMs }) => (nowMs - sinceMs) / 1000)));
    },
  };
}
