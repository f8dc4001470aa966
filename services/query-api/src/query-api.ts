import type { Server } from 'node:http';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Clock } from '@tillstream/kernel';
import type { CustomStrategy } from '@nestjs/microservices';
import { type Metrics, NO_METRICS, tracedRequests } from '@tillstream/observability';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { QueryApiModule } from './app.module.js';
import { createGrpcFace, type GrpcFace } from './grpc/face.js';
import { guardAccess } from './http/access.js';
import { cannotListen } from '@tillstream/service-host';
import { answerClientError } from './http/client-errors.js';
import { acceptJsonBodies, BODY_LIMIT } from './http/json-body.js';
import { ApiProblem } from './http/problem.js';
import { pathOf, ProblemFilter, sendProblem } from './http/problem-filter.js';
import { createUseCases, type QueryApiDeps, type UseCases } from './use-cases.js';

export interface QueryApiAddresses {
  readonly url: string;
  /** `host:port`, null when gRPC is not served. */
  readonly grpcUrl: string | null;
}

export interface QueryApi {
  /** Finishes what a crash interrupted, then listens. Throws `port_in_use`, `port_forbidden`, `host_unusable`. */
  start(): Promise<QueryApiAddresses>;
  /** Takes no new requests, answers those that wait, closes. */
  stop(): Promise<void>;
  health(): { readonly ok: boolean; readonly reasons: string[] };
  /** The application without a port, for tests: prepared and ready for `inject`. */
  app(): Promise<FastifyInstance>;
  /** What is served, for the comparison with the OpenAPI page. */
  routes(): { readonly method: string; readonly url: string }[];
}

/** A request that has not arrived after this long is given up, milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How long requests in flight may take when stopping, milliseconds; all parts together have 10 s (contract 1). */
const CLOSE_GRACE_MS = 2_000;

/** REST and gRPC over the read models and the topics (contract sections 2 to 5 and 10). */
export function createQueryApi(deps: QueryApiDeps): QueryApi {
  let url = `http://${deps.host}:${deps.port}`;
  const useCases = createUseCases(deps, () => url);
  let building: Promise<Application> | undefined;
  let listening = false;
  const application = () => (building ??= build(deps, useCases));
  const stop = async () => {
    listening = false;
    await useCases.release();
    const built = await building;
    if (built) await close(built, deps.clock);
    building = undefined;
  };
  return {
    start: async () => {
      const { app, grpc } = await application();
      try {
        await listen(app, deps);
        url = await app.getUrl();
        await app.startAllMicroservices();
      } catch (refused) {
        await stop();
        throw refused;
      }
      listening = true;
      return { url, grpcUrl: grpc?.server.address ?? null };
    },
    stop,
    health: () => (listening ? { ok: true, reasons: [] } : { ok: false, reasons: ['query-api is not listening'] }),
    routes: () => useCases.routes.list(),
    app: async () => (await application()).app.getHttpAdapter().getInstance(),
  };
}

interface Application {
  readonly app: NestFastifyApplication;
  readonly grpc: GrpcFace | null;
}

async function build(deps: QueryApiDeps, useCases: UseCases): Promise<Application> {
  await useCases.prepare();
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: 'idle',
    requestTimeout: REQUEST_TIMEOUT_MS,
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 1_000 },
    frameworkErrors: (_error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, new ApiProblem('validation_failed', 'The address cannot be read.'), pathOf(request.url)),
  });
  const instance: FastifyInstance = adapter.getInstance();
  acceptJsonBodies(instance);
  tracedRequests(instance, { except: ['/health/live', '/health/ready', '/metrics'] });
  guardAccess(instance, useCases.keys);
  measureRequests(instance, deps.metrics ?? NO_METRICS);
  instance.addHook('onRoute', ({ method, url }) => useCases.routes.add(method, url));
  const grpc = createGrpcFace(deps, useCases);
  const app = await NestFactory.create<NestFastifyApplication>(QueryApiModule.of(useCases, grpc), adapter, {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(useCases.routes, deps.logger.child({ service: 'query-api' })));
  if (grpc) app.connectMicroservice<CustomStrategy>({ strategy: grpc.server });
  await app.init();
  await instance.ready();
  return { app, grpc };
}

/** Answers what is being worked on; a client that does not finish its request in time is cut off. */
async function close({ app, grpc }: Application, clock: Clock): Promise<void> {
  const server: Server = app.getHttpServer();
  const cancel = clock.setTimer(CLOSE_GRACE_MS, () => server.closeAllConnections());
  // Both faces at once: Nest would begin with gRPC only when the last REST request is answered.
  await Promise.all([grpc?.server.close(), app.close()]);
  cancel();
}

async function listen(app: NestFastifyApplication, { host, port }: QueryApiDeps): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (cause) {
    throw cannotListen(cause, { host, port, variable: 'TILLSTREAM_PORT' });
  }
}

function measureRequests(instance: FastifyInstance, metrics: Metrics): void {
  const help = 'Duration of REST requests';
  const seconds = metrics.histogram('http_request_seconds', { help, labels: ['method', 'route', 'status'] });
  instance.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    seconds.observe(reply.elapsedTime / 1_000, { method: request.method, route, status: String(reply.statusCode) });
  });
}
