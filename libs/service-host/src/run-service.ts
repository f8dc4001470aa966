import { type Config, loadConfig, summarizeEnvironment } from '@tillstream/config';
import { createSecrets } from '@tillstream/credentials';
import type { EventLog } from '@tillstream/event-log';
import { createHttpClient } from '@tillstream/http-client';
import {
  asError,
  type Clock,
  type CrashPoints,
  NO_CRASH_POINTS,
  PermanentError,
  SystemClock,
  SystemIds,
  TillstreamError,
} from '@tillstream/kernel';
import {
  createLogger,
  createMetrics,
  type Logger,
  type Metrics,
  observedLog,
  startTracing,
  tracedLog,
  type Tracing,
} from '@tillstream/observability';
import { type HealthServer, serveHealth } from './health-server.js';
import { keepHeapSmall } from './memory.js';
import { openPorts, type Ports } from './ports/open-ports.js';
import type { HealthProvider, RunningService, ServiceDefinition } from './service.js';
import { onStopSignal } from './stop-signal.js';

export interface HostOptions {
  readonly clock?: Clock;
  readonly crash?: CrashPoints;
  /** Default 10 s, as brokers allow from 6 s on. */
  readonly sessionTimeoutMs?: number;
}

const VERSION = '0.1.0';
/** Of Kafka's consumers, milliseconds. */
export const SESSION_TIMEOUT_MS = 10_000;

/**
 * The process of one service in the distributed profile: configuration from the environment, health from the first moment
 * on, Kafka and MongoDB as soon as they let themselves be reached, then the service; one ready line on stdout. SIGTERM
 * stops them in the opposite order and exits 0. What cannot be mended by waiting ends the process with one sentence and 1.
 */
export async function runService(definition: ServiceDefinition, options: HostOptions = {}): Promise<void> {
  keepHeapSmall();
  try {
    await host(definition, distributedConfig(definition.name), options);
  } catch (thrown) {
    const code = thrown instanceof TillstreamError ? `${thrown.code}: ` : '';
    process.stderr.write(`tillstream ${definition.name}: ${code}${asError(thrown).message}\n`);
    process.exit(1);
  }
}

function distributedConfig(name: string): Config {
  const config = loadConfig(process.env);
  if (config.profile === 'distributed') return config;
  const message = `${name} is a process of the distributed profile: set TILLSTREAM_PROFILE=distributed (npm start runs the embedded one)`;
  throw new PermanentError('profile_unavailable', message);
}

async function host(definition: ServiceDefinition, config: Config, options: HostOptions): Promise<void> {
  const { name } = definition;
  const { clock = new SystemClock(), crash = NO_CRASH_POINTS, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options;
  const logger = createLogger({ level: config.logLevel }).child({ service: name });
  logger.info({ environment: summarizeEnvironment(process.env) }, 'starting');
  const metrics = createMetrics();
  const tracing = await startTracing({ endpoint: config.otlpEndpoint, service: name, version: VERSION, logger });
  const stopping = stoppable(logger);
  const state = new HostState(name);
  const health = await serveHealth({ ...config, metrics, providers: () => state.providers });
  const opened = await openPorts({
    config,
    clientId: `tillstream-${name}`,
    collections: definition.collections,
    clock,
    crash,
    logger,
    sessionTimeoutMs,
    signal: stopping.signal,
    onTrouble: state.trouble,
  }).catch((thrown: unknown) => {
    if (stopping.signal.aborted) process.exit(0);
    throw thrown;
  });
  const ports = { ...opened, log: watched(opened.log, { name, metrics, tracing }) };
  if (definition.servesHealth) await health.close();
  const parts = await commonParts(config, { clock, crash, logger, metrics });
  const service = await definition.start({ ...parts, ...ports, sessionTimeoutMs });
  state.started(service, ports);
  const { httpUrl, grpcUrl } = service.addresses ?? { httpUrl: health.url, grpcUrl: null };
  process.stdout.write(
    `${JSON.stringify({ event: 'ready', service: name, httpUrl, grpcUrl, dataDir: null, profile: config.profile })}\n`,
  );
  await stopping.requested;
  await stopAll({ service, ports, health, http: parts.http, tracing, logger });
}

/** Lag and duration of what the service consumes, and its part of each trace. */
function watched(log: EventLog, by: { readonly name: string; readonly metrics: Metrics; readonly tracing: Tracing }) {
  const observed = observedLog(log, by.metrics);
  return by.tracing.enabled ? tracedLog(observed, { service: by.name }) : observed;
}

function stoppable(logger: Logger) {
  const abort = new AbortController();
  const requested = onStopSignal(logger).then(() => abort.abort(new Error('stopping')));
  return { signal: abort.signal, requested };
}

async function commonParts(
  config: Config,
  base: { readonly clock: Clock; readonly crash: CrashPoints; readonly logger: Logger; readonly metrics: Metrics },
) {
  const { clock } = base;
  if (config.masterKey === null) throw new PermanentError('config_invalid', 'TILLSTREAM_MASTER_KEY is required');
  return {
    ...base,
    config,
    ids: new SystemIds(clock),
    secrets: createSecrets({ current: config.masterKey, previous: config.masterKeyPrevious ?? undefined }),
    http: createHttpClient({ clock, allowPrivateTargets: config.allowPrivateTargets }),
  };
}

interface Stoppable {
  readonly service: RunningService;
  readonly ports: Ports;
  readonly health: HealthServer;
  readonly http: { close(): Promise<void> };
  readonly tracing: Tracing;
  readonly logger: Logger;
}

/** An explicit exit: after a broker's outage kafkajs may keep a socket or a timer for ever. */
async function stopAll({ service, ports, health, http, tracing, logger }: Stoppable): Promise<void> {
  try {
    await service.stop();
    await http.close();
    await ports.close();
    await health.close();
    await tracing.shutdown();
    process.exit(0);
  } catch (thrown) {
    logger.error({ error: asError(thrown).message }, 'stopping failed');
    process.exit(1);
  }
}

/** What readiness is made of while the process comes up, and then. */
class HostState {
  readonly #troubles = new Map<string, Error>();
  #running: readonly HealthProvider[] = [];

  constructor(private readonly name: string) {}

  readonly trouble = (port: string, error: Error | undefined): void => {
    if (error) this.#troubles.set(port, error);
    else this.#troubles.delete(port);
  };

  started(service: RunningService, { dependencies }: Ports): void {
    this.#running = [{ name: this.name, health: () => service.health() }, ...dependencies];
  }

  get providers(): readonly HealthProvider[] {
    if (this.#running.length > 0) return this.#running;
    const reasons = [...this.#troubles].map(([port, { message }]) => `${port}: ${message}`);
    return [{ name: this.name, health: () => ({ ok: false, reasons: ['starting', ...reasons] }) }];
  }
}
