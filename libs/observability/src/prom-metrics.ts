import { InvariantError } from '@tillstream/kernel';
import prom from 'prom-client';
import { Collectors } from './collectors.js';
import type { MetricOptions, Metrics } from './metrics.js';

const PREFIX = 'tillstream_';

export interface PromMetricsOptions {
  readonly processMetrics?: boolean;
  /** Real milliseconds a scrape waits for computed gauges. */
  readonly collectTimeoutMs?: number;
}

/** Prometheus metrics in a registry of their own: two instances in one process never share a number. */
export function createMetrics(options: PromMetricsOptions = {}): Metrics {
  const registry = new prom.Registry();
  const { collectTimeoutMs = 2_000 } = options;
  const failed = new prom.Counter(
    definition(registry, 'metrics_collect_failures_total', {
      help: 'Gauges that could not be computed in time for a scrape.',
    }),
  );
  const collectors = new Collectors(collectTimeoutMs, () => failed.inc());
  if (options.processMetrics ?? true) {
    // The default looks at the event loop every 10 ms, which wakes an idle process a hundred times a second.
    prom.collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  }
  return {
    counter: (name, spec) => {
      const counter = existing(registry, name, prom.Counter) ?? new prom.Counter(definition(registry, name, spec));
      return { add: (by = 1, labels = {}) => counter.inc(labels, by) };
    },
    gauge: (name, spec) => {
      const gauge = existing(registry, name, prom.Gauge) ?? new prom.Gauge(definition(registry, name, spec));
      return { set: (value, labels = {}) => gauge.set(labels, value) };
    },
    histogram: (name, spec) => {
      const buckets = spec.buckets ? { buckets: [...spec.buckets] } : {};
      const histogram =
        existing(registry, name, prom.Histogram) ??
        new prom.Histogram({ ...definition(registry, name, spec), ...buckets });
      return { observe: (value, labels = {}) => histogram.observe(labels, value) };
    },
    collect: (compute) => collectors.add(compute),
    expose: async () => {
      await collectors.run();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

type MetricClass<T> = new (...args: never[]) => T;

function existing<T extends prom.Metric>(registry: prom.Registry, name: string, kind: MetricClass<T>): T | undefined {
  const metric: prom.Metric | undefined = registry.getSingleMetric(PREFIX + name);
  if (metric === undefined) return undefined;
  if (metric instanceof kind) return metric;
  throw new InvariantError('metric_kind_differs', `metric ${name} was registered as another kind`);
}

function definition(registry: prom.Registry, name: string, spec: MetricOptions) {
  return { name: PREFIX + name, help: spec.help, labelNames: [...(spec.labels ?? [])], registers: [registry] };
}
