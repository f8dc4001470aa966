import { describe, expect, it, vi } from 'vitest';
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

  describe('gauges computed for a scrape', () => {
    const quick = () => createMetrics({ processMetrics: false, collectTimeoutMs: 30 });

    it('are computed anew by each expose until they are stopped', async () => {
      const metrics = quick();
      let value = 0;
      const gauge = metrics.gauge('waiting', { help: 'x' });
      const stop = metrics.collect(async () => gauge.set(++value));
      expect((await metrics.expose()).body).toContain('tillstream_waiting 1');
      expect((await metrics.expose()).body).toContain('tillstream_waiting 2');
      stop();
      expect((await metrics.expose()).body).toContain('tillstream_waiting 2');
    });

    it('keep their old value when they fail, others are computed', async () => {
      const metrics = quick();
      const [broken, sound] = ['broken', 'sound'].map((name) => metrics.gauge(name, { help: 'x' }));
      broken?.set(7);
      metrics.collect(async () => {
        throw new TypeError('store is away');
      });
      metrics.collect(() => {
        throw new TypeError('at once');
      });
      metrics.collect(() => sound?.set(8));
      const { body } = await metrics.expose();
      expect(body).toContain('tillstream_broken 7');
      expect(body).toContain('tillstream_sound 8');
      expect(body).toContain('tillstream_metrics_collect_failures_total 2');
    });

    it('do not hold up a scrape when they hang, and are not begun again meanwhile', async () => {
      const metrics = quick();
      const hanging = Promise.withResolvers<void>();
      let begun = 0;
      metrics.collect(() => {
        begun += 1;
        return begun === 1 ? hanging.promise : undefined;
      });
      const began = performance.now();
      await metrics.expose();
      const { body } = await metrics.expose();
      expect(performance.now() - began).toBeLessThan(1_000);
      expect(body).toContain('tillstream_metrics_collect_failures_total 2');
      expect(begun).toBe(1);
      hanging.resolve();
      await vi.waitFor(async () => {
        await metrics.expose();
        expect(begun).toBeGreaterThan(1);
      });
    });
  });
});
