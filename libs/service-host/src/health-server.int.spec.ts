import { createMetrics } from '@tillstream/observability';
import { eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type HealthServer, serveHealth } from './health-server.js';
import { askedNow, readiness } from './readiness.js';
import type { HealthProvider } from './service.js';

const servers: HealthServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const provider = (name: string, ...reasons: string[]): HealthProvider => ({
  name,
  health: () => ({ ok: reasons.length === 0, reasons }),
});

async function serve(providers: () => readonly HealthProvider[]): Promise<HealthServer> {
  const metrics = createMetrics({ processMetrics: false });
  metrics.counter('things_total', { help: 'Things.' }).add(3);
  const server = await serveHealth({ host: '127.0.0.1', port: 0, metrics, providers });
  servers.push(server);
  return server;
}

describe('the health of a service without an API', () => {
  it('is alive from the first moment, ready when every provider is, and says why not', async () => {
    let providers = [provider('projector', 'starting', 'kafka: not reachable'), provider('mongodb')];
    const { url } = await serve(() => providers);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const before = await fetch(`${url}/health/ready`);
    expect([before.status, before.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await before.json()).toEqual({
      status: 'unavailable',
      reasons: ['projector: starting', 'projector: kafka: not reachable'],
    });
    providers = [provider('projector'), provider('mongodb')];
    const after = await fetch(`${url}/health/ready`);
    expect([after.status, await after.json()]).toEqual([200, { status: 'ready', reasons: [] }]);
  });

  it('serves the metrics as Prometheus reads them', async () => {
    const { url } = await serve(() => []);
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('tillstream_things_total 3');
  });

  it('names the variable to change when its port is taken', async () => {
    const { url } = await serve(() => []);
    const port = Number(new URL(url).port);
    const metrics = createMetrics({ processMetrics: false });
    const again = serveHealth({ host: '127.0.0.1', port, metrics, providers: () => [] });
    await expect(again).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringContaining('TILLSTREAM_PORT'),
    });
  });
});

describe('a dependency that is asked by a real call', () => {
  it('is as the last call found it, asked anew by each look and never twice at a time', async () => {
    let calls = 0;
    let answer: () => Promise<void> = () => Promise.reject(new Error('away'));
    const mongodb = askedNow('mongodb', () => {
      calls += 1;
      return answer();
    });
    await eventually(() => !mongodb.health().ok);
    expect(readiness([mongodb])).toEqual({ status: 'unavailable', reasons: ['mongodb: away'] });
    const waiting = Promise.withResolvers<void>();
    answer = () => waiting.promise;
    await eventually(() => {
      const before = calls;
      mongodb.health();
      mongodb.health();
      return calls - before === 1;
    });
    const asked = calls;
    mongodb.health();
    expect(calls).toBe(asked);
    waiting.resolve();
    answer = () => Promise.resolve();
    await eventually(() => mongodb.health().ok);
  });
});
