/** Values of a metric's labels. Keep their number small: never an order id, never a tenant's data. */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  /** Adds `by` (default 1, never negative). */
  add(by?: number, labels?: Labels): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  /** One observation; names end in the unit, e.g. `_seconds`. */
  observe(value: number, labels?: Labels): void;
}

export interface MetricOptions {
  /** What a reader of /metrics learns from it. */
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Metrics by name; asking for the same name again gives the same metric, so every part may declare what it uses. */
export interface Metrics {
  counter(name: string, options: MetricOptions): Counter;
  gauge(name: string, options: MetricOptions): Gauge;
  histogram(name: string, options: MetricOptions & { readonly buckets?: readonly number[] }): Histogram;
  /**
   * For gauges that are looked up, not counted: `compute` runs before each `expose` and sets them. One that rejects or
   * takes longer than 2 s leaves the old values. Returns how to stop it.
   */
  collect(compute: () => Promise<void> | void): () => void;
  /** Prometheus text of everything, and its content type. */
  expose(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Measures nothing: for tests and for parts that are used as a library. */
export const NO_METRICS: Metrics = {
  counter: () => ({ add: () => {} }),
  gauge: () => ({ set: () => {} }),
  histogram: () => ({ observe: () => {} }),
  collect: () => () => {},
  expose: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: '' }),
};
