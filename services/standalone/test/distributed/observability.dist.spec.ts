import { startTraceCollector } from '@tillstream/observability/trace-collector';
import { eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { SERVICES, type ServiceName } from '../../src/distributed/roster.js';
import { finished, play, type Scene, startRun } from './support.js';

const TIMEOUT_MS = 200_000;
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** What each service must say about itself at /metrics. */
const MEASURED: Readonly<Record<ServiceName, readonly RegExp[]>> = {
  'query-api': [/^tillstream_http_request_seconds_count\{.*route="\/api\/sync\/:entity"/m],
  orchestrator: [
    /^tillstream_consumer_lag_records\{group="orchestrator\.records",topic="sync\.results\.v1"\} 0$/m,
    /^tillstream_oldest_unsynced_seconds 0$/m,
    /^tillstream_runs_finished_total\{status="completed"\} 1$/m,
  ],
  'quickbooks-writer': [
    /^tillstream_quickbooks_effects_total\{outcome="confirmed"\} [1-9]/m,
    /^tillstream_quickbooks_breakers\{state="closed"\} 1$/m,
    /^tillstream_consumer_lag_records\{group="quickbooks-writer-work",topic="sync\.work\.quickbooks\.v1"\} 0$/m,
  ],
  'supabase-writer': [/^tillstream_consumer_lag_records\{group="supabase-writer-work"/m],
  projector: [/^tillstream_consumer_lag_records\{group="projector",topic="sync\.events\.v1"\} 0$/m],
};

describe('what the services tell of themselves, each a process', () => {
  it(
    'one trace leads from the request over the topics to QuickBooks and the read models, and metrics add up',
    async () => {
      const collector = await startTraceCollector();
      cleanups.push(() => collector.close());
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
      await play({ seed: 930, orders: 20, env }, async (scene) => {
        await finished(scene, await startRun(scene));
        await eventually(() => servicesOfOneTrace(collector.spans).size >= 4, { timeoutMs: 30_000, intervalMs: 100 });
        expect([...servicesOfOneTrace(collector.spans)]).toEqual(
          expect.arrayContaining(['query-api', 'orchestrator', 'quickbooks-writer', 'projector']),
        );
        for (const service of SERVICES) await expectMetrics(scene, service);
      });
    },
    TIMEOUT_MS,
  );
});

type Spans = Awaited<ReturnType<typeof startTraceCollector>>['spans'];

/** The services that took part in the trace which began with a request for a run. */
function servicesOfOneTrace(spans: Spans): ReadonlySet<string> {
  const request = spans.find(({ name }) => name === 'POST /api/sync/:entity');
  return new Set(spans.filter(({ traceId }) => traceId === request?.traceId).map(({ service }) => service));
}

async function expectMetrics({ product }: Scene, service: ServiceName): Promise<void> {
  const [member] = product.fleet.of(service);
  const url = `${member?.ready.httpUrl}/metrics`;
  await eventually(
    async () => {
      const text = await (await fetch(url)).text();
      for (const line of MEASURED[service]) expect(text).toMatch(line);
      return true;
    },
    { timeoutMs: 15_000, intervalMs: 200 },
  );
}
