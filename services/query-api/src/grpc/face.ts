import type { Provider, Type } from '@nestjs/common';
import { SystemClock } from '@tillstream/kernel';
import { NO_METRICS } from '@tillstream/observability';
import { readiness } from '@tillstream/service-host';
import type { QueryApiDeps, UseCases } from '../use-cases.js';
import { CallMetrics } from './call-metrics.js';
import { GRPC_LOGGER } from './error-filter.js';
import { gatekeeper } from './gatekeeper.js';
import { GrpcServer } from './grpc-server.js';
import { GrpcHealth } from './health.js';
import { RecordsGrpcController } from './records.controller.js';
import { SyncGrpcController } from './sync.controller.js';
import { RunFeed } from './watch/run-feed.js';

/** What the application adds to serve gRPC beside REST, over the same use cases. */
export interface GrpcFace {
  readonly controllers: readonly Type[];
  readonly providers: readonly Provider[];
  readonly server: GrpcServer;
  readonly feed: RunFeed;
}

/** How long a unary call without a deadline may take, milliseconds (sync.proto). */
const UNARY_LIMIT_MS = 30_000;

/** null when no gRPC is wanted. */
export function createGrpcFace(deps: QueryApiDeps, useCases: UseCases): GrpcFace | null {
  const { host, grpcPort: port, clock } = deps;

  if (port === undefined) return null;
  // Callers count their deadlines in real time.
  const callTime = new SystemClock();
  const logger = deps.logger.child({ service: 'query-api' });
  const feed = new RunFeed({ runs: useCases.runs, events: useCases.decisions, clock });
  const health = new GrpcHealth(() => readiness(useCases.health).status === 'ready', clock);
  const keeper = gatekeeper({
    keys: useCases.keys,
    metrics: new CallMetrics(deps.metrics ?? NO_METRICS, callTime),
    logger,
    clock: callTime,
    unaryLimitMs: UNARY_LIMIT_MS,
  });
  return {
    controllers: [SyncGrpcController, RecordsGrpcController],
    providers: [
      { provide: RunFeed, useValue: feed },
      { provide: GRPC_LOGGER, useValue: logger },
    ],
    server: new GrpcServer({ host, port, gatekeeper: keeper, health, feed, clock }),
    feed,
  };
}
