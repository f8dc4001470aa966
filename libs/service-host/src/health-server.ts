import type { Metrics } from '@tillstream/observability';
import fastify from 'fastify';
import { cannotListen } from './cannot-listen.js';
import type { HealthProvider } from './service.js';
import { readiness } from './readiness.js';

export interface HealthServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface HealthServerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly metrics: Metrics;
  readonly providers: () => readonly HealthProvider[];
}

/** `/health/live`, `/health/ready` and `/metrics` of a service without an API (contract section 2). Throws what
 * `cannotListen` makes of a refusal. */
export async function serveHealth({ host, port, metrics, providers }: HealthServerOptions): Promise<HealthServer> {
  const server = fastify({ forceCloseConnections: true });
  server.get('/health/live', () => ({ status: 'live' }));
  server.get('/health/ready', (_request, reply) => {
    const state = readiness(providers());
    if (state.status !== 'ready') void reply.status(503).header('retry-after', '5');
    return state;
  });
  server.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await metrics.expose();
    return reply.type(contentType).send(body);
  });
  try {
    const url = await server.listen({ host, port });
    return { url, close: () => server.close() };
  } catch (cause) {
    throw cannotListen(cause, { host, port, variable: 'TILLSTREAM_PORT' });
  }
}
