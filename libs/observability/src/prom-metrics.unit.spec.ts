import { describe, expect, it } from 'vitest';
import { createMetrics } from './prom-metrics.js';

describe('createMetrics', () => {
  it('exposes counters, gauges and histograms by name and label', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const options = { help: 'calls', labels: ['remote'] };
    metrics.counter('calls_total', options).add(2, { remote: 'woocommerce' });
    metrics.counter('calls_total', options).add(1, { remote: 'woocommerce' });
    metrics.gauge('open', { help: 'open work' }).set(4);
    metrics.histogram('wait_seconds', { help: 'wait', buckets: [1, 5] }).observe(3);
    const { body, contentType } = await metrics.expose();
    expect(contentType).toContain('text/plain');
    expect(body).toContain('tillstream_calls_total{remote="woocommerce"} 3');
    expect(body).toContain('tillstream_open 4');
    expect(body).toContain('tillstream_wait_seconds_bucket{le="5"} 1');
  });

  it('keeps two instances apart and adds process metrics by default', async () => {
    const one = createMetrics();
    createMetrics().counter('only_here_total', { help: 'x' }).add();
    const { body } = await one.expose();
    expect(body).not.toContain('only_here_total');
    expect(body).toContain('process_cpu_seconds_total');
  });

  it('refuses one name for two kinds', () => {
    const metrics = createMetrics({ processMetrics: false });
    metrics.counter('x', { help: 'x' });
    expect(() => metrics.gauge('x', { help: 'x' })).toThrow(expect.objectContaining({ code: 'metric_kind_differs' }));
  });
});
