import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Logger } from '../logger.js';
import { createLogger } from '../pino-logger.js';
import { startTraceCollector, type TraceCollector } from '../trace-collector.js';
import { startTracing, traced, traceHeaders, traceOf, type Tracing, tracedRequests } from './index.js';

const SERVER = 2;
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function tracing(endpoint: string | null, logger?: Logger): Promise<Tracing> {
  const started = await startTracing({ endpoint, service: 'tested', version: '1.2.3', ...(logger && { logger }) });
  cleanups.push(() => started.shutdown());
  return started;
}

async function collecting(): Promise<{ collector: TraceCollector; started: Tracing }> {
  const collector = await startTraceCollector();
  cleanups.push(() => collector.close());
  return { collector, started: await tracing(`${collector.endpoint}/`) };
}

describe('startTracing', () => {
  it('sends finished spans to the collector, the last ones while it shuts down', async () => {
    const { collector, started } = await collecting();
    started.tracer.startActiveSpan('unit of work', (span) => span.end());
    await started.shutdown();
    expect(collector.spans).toMatchObject([{ service: 'tested', name: 'unit of work', parentSpanId: null }]);
  });

  it('without an endpoint traces nothing and gives no headers', async () => {
    const off = await tracing(null);
    expect(off.enabled).toBe(false);
    off.tracer.startActiveSpan('unit of work', (span) => {
      expect(span.isRecording()).toBe(false);
      expect(traceHeaders()).toEqual({});
      span.end();
    });
  });

  it('gives the headers of the active span, also behind an await', async () => {
    const { started } = await collecting();
    await started.tracer.startActiveSpan('unit of work', async (span) => {
      await new Promise(setImmediate);
      const { traceId, spanId } = span.spanContext();
      expect(traceHeaders()).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
      span.end();
    });
    expect(traceHeaders()).toEqual({});
  });

  it('goes on with the trace of a record later, while another one is active', async () => {
    const { collector, started } = await collecting();
    const queue: (() => Promise<void>)[] = [];
    await traced('asked', {}, async () => {
      const inTrace = traceOf(traceHeaders());
      queue.push(() => inTrace(() => traced('done', { lane: 'live' }, async () => {})));
    });
    await traced('somebody else', {}, async () => queue[0]?.());
    await started.shutdown();
    const [asked, done, other] = ['asked', 'done', 'somebody else'].map((name) =>
      collector.spans.find((span) => span.name === name),
    );
    expect(done).toMatchObject({ traceId: asked?.traceId, parentSpanId: asked?.spanId, attributes: { lane: 'live' } });
    expect(other?.traceId).not.toBe(asked?.traceId);
  });

  it('refuses to start twice, and starts again after a shutdown', async () => {
    const { collector, started } = await collecting();
    await expect(tracing(collector.endpoint)).rejects.toMatchObject({ code: 'tracing_already_on' });
    await started.shutdown();
    expect((await tracing(collector.endpoint)).enabled).toBe(true);
  });

  it('names the active span in log lines', async () => {
    const lines: Record<string, unknown>[] = [];
    const stream = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
    const logger = createLogger({ level: 'info', stream, pretty: false }).child({ service: 'tested' });
    const { started } = await collecting();
    started.tracer.startActiveSpan('unit of work', (span) => {
      logger.info({ batch: 3 }, 'inside');
      const { traceId, spanId } = span.spanContext();
      expect(lines.pop()).toMatchObject({ traceId, spanId, batch: 3, service: 'tested', message: 'inside' });
      span.end();
    });
    logger.info({}, 'outside');
    expect(lines.pop()).not.toHaveProperty('traceId');
  });
});

describe('a collector that is away', () => {
  /** Says of each line only its level. */
  function levels(): { logger: Logger; seen: string[] } {
    const seen: string[] = [];
    const logger: Logger = {
      debug: () => seen.push('debug'),
      info: () => seen.push('info'),
      warn: () => seen.push('warn'),
      error: () => seen.push('error'),
      child: () => logger,
    };
    return { logger, seen };
  }

  const spansOf = ({ tracer }: Tracing, count: number) => {
    for (let index = 0; index < count; index += 1) tracer.startSpan('lost').end();
  };

  it('costs spans, one line of the log and no time', async () => {
    const closed = await startTraceCollector();
    await closed.close();
    const { logger, seen } = levels();
    const started = await tracing(closed.endpoint, logger);
    const began = performance.now();
    // More than the queue holds: what does not fit is dropped.
    spansOf(started, 5_000);
    expect(performance.now() - began).toBeLessThan(1_000);
    await started.shutdown();
    expect(performance.now() - began).toBeLessThan(4_000);
    await vi.waitFor(() => expect(seen).toEqual(['warn']), { timeout: 5_000 });
  });

  it('never answers: the shutdown still ends', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    cleanups.push(async () => {
      silent.close();
      silent.closeAllConnections();
    });
    const started = await tracing(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    spansOf(started, 10);
    const began = performance.now();
    await started.shutdown();
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

describe('tracedRequests', () => {
  const REMOTE = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  const headers = { traceparent: `00-${REMOTE.traceId}-${REMOTE.spanId}-01` };

  async function server() {
    const app = fastify();
    tracedRequests(app, { except: ['/metrics'] });
    app.addHook('preHandler', async () => new Promise<void>((resolve) => setImmediate(resolve)));
    app.post('/orders/:id', async () => traceHeaders());
    app.get('/broken', async () => {
      throw new TypeError('broken');
    });
    app.get('/metrics', async () => traceHeaders());
    cleanups.push(() => app.close());
    return app.listen({ port: 0, host: '127.0.0.1' });
  }

  it('runs the handler in a server span that goes on with the trace of the caller', async () => {
    const { collector, started } = await collecting();
    const url = await server();
    const body = JSON.stringify({ note: 'x'.repeat(200_000) });
    const answer = await fetch(`${url}/orders/7`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    const inHandler = await answer.json();
    await started.shutdown();
    expect(collector.spans).toMatchObject([
      {
        name: 'POST /orders/:id',
        kind: SERVER,
        traceId: REMOTE.traceId,
        parentSpanId: REMOTE.spanId,
        error: null,
        attributes: { 'http.route': '/orders/:id', 'http.response.status_code': '200' },
      },
    ]);
    expect(inHandler).toEqual({ traceparent: `00-${REMOTE.traceId}-${collector.spans[0]?.spanId}-01` });
  });

  it('marks what the server failed at, and leaves out the excepted routes', async () => {
    const { collector, started } = await collecting();
    const url = await server();
    expect(await (await fetch(`${url}/metrics`, { headers })).json()).toEqual({});
    await (await fetch(`${url}/broken`)).text();
    await (await fetch(`${url}/nowhere`)).text();
    await started.shutdown();
    expect(collector.spans.map(({ name, error }) => [name, error])).toEqual([
      ['GET /broken', ''],
      ['GET', null],
    ]);
  });
});
