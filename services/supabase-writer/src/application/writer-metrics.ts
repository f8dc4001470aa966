import { type Metrics, NO_METRICS } from '@tillstream/observability';
import { SupabaseFailure, type SupabaseRoute } from '@tillstream/supabase';

/** What the writer measures; labels are few and hold nobody's data. */
export interface WriterMetrics {
  /** One record: how it was settled, or `deferred` when it has to wait for its project. */
  readonly settled: (outcome: string) => void;
  /** The route, with its calls measured. */
  readonly measured: (route: SupabaseRoute) => SupabaseRoute;
  /** Looks at every project for each scrape. Returns how to stop it. */
  readonly watch: (projects: () => Iterable<WatchedProject>) => () => void;
}

export interface WatchedProject {
  /** Records that wait for it. */
  readonly waiting: number;
  readonly isInTrouble: boolean;
}

export function writerMetrics(metrics: Metrics = NO_METRICS): WriterMetrics {
  const works = metrics.counter('supabase_work_total', {
    help: 'Records for Supabase by how they were settled, or deferred.',
    labels: ['outcome'],
  });
  const calls = metrics.counter('supabase_calls_total', {
    help: 'Calls to Supabase by operation and how they ended: ok, or what has to become of them.',
    labels: ['operation', 'result'],
  });
  const duration = metrics.histogram('supabase_call_seconds', {
    help: 'Time a call to Supabase took.',
    labels: ['operation'],
  });
  const timed = async <T>(operation: string, call: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    let result = 'ok';
    try {
      return await call();
    } catch (thrown) {
      result = thrown instanceof SupabaseFailure ? thrown.kind : 'broke';
      throw thrown;
    } finally {
      calls.add(1, { operation, result });
      duration.observe((performance.now() - began) / 1000, { operation });
    }
  };
  return {
    settled: (outcome) => works.add(1, { outcome }),
    measured: (route) => ({
      kind: route.kind,
      apply: (items) => timed('apply', () => route.apply(items)),
      read: (keys) => timed('read', () => route.read(keys)),
      check: () => timed('check', () => route.check()),
      install: route.install && (() => timed('install', async () => route.install?.())),
      close: () => route.close(),
    }),
    watch: (projects) => watch(metrics, projects),
  };
}

function watch(metrics: Metrics, projects: () => Iterable<WatchedProject>): () => void {
  const troubled = metrics.gauge('supabase_projects_in_trouble', {
    help: 'Projects that cannot be written just now: away, full, or in need of a person.',
  });
  const waiting = metrics.gauge('supabase_open_work', { help: 'Records that wait for their project.' });
  return metrics.collect(() => {
    const all = [...projects()];
    troubled.set(all.filter(({ isInTrouble }) => isInTrouble).length);
    waiting.set(all.reduce((sum, project) => sum + project.waiting, 0));
  });
}
