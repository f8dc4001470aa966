import { logVerbosity, Server, ServerCredentials, type ServerInterceptor, setLogVerbosity } from '@grpc/grpc-js';
import { ServerGrpc } from '@nestjs/microservices';
import type { Clock } from '@tillstream/kernel';
import { cannotListen } from '@tillstream/service-host';
import { SYNC_SERVICE } from './access.js';
import type { GrpcHealth } from './health.js';
import { addReflection } from './reflection.js';
import { SYNC_DEFINITION } from './service-definition.js';
import type { RunFeed } from './watch/run-feed.js';

export interface GrpcServerDeps {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly gatekeeper: ServerInterceptor;
  readonly health: GrpcHealth;
  readonly feed: RunFeed;
  readonly clock: Clock;
}

/** How long calls in flight may take when stopping, milliseconds; all parts together have 10 s (contract 1). */
const CLOSE_GRACE_MS = 2_000;

const OPTIONS = {
  'grpc.max_concurrent_streams': 200,
  // A client that vanished without a word would keep its watches for ever.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
};

/** The gRPC transport of Nest with what it lacks: a gatekeeper, the port that was bound, a bounded stop. */
export class GrpcServer extends ServerGrpc {
  readonly #server: Server;
  #closing: Promise<void> | undefined;
  #address: string | null = null;

  constructor(private readonly deps: GrpcServerDeps) {
    // What it would print beside our log reaches us as errors, too.
    setLogVerbosity(logVerbosity.NONE);
    super({ package: packageOf(SYNC_SERVICE), packageDefinition: { [SYNC_SERVICE]: SYNC_DEFINITION } });
    this.#server = new Server({ ...OPTIONS, interceptors: [deps.gatekeeper] });
    deps.health.addToServer(this.#server);
    addReflection(this.#server);
  }

  /** `host:port`, null while it does not listen. */
  get address(): string | null {
    return this.#address;
  }

  override async createClient(): Promise<Server> {
    return this.#server;
  }

  /** Services first, then the port: no call finds a server without methods. */
  override async start(callback?: () => void): Promise<void> {
    await this.bindEvents();
    const host = this.deps.host.includes(':') ? `[${this.deps.host}]` : this.deps.host;
    this.#address = `${host}:${await this.#bind(`${host}:${this.deps.port}`)}`;
    callback?.();
  }

  /** Takes no new calls, ends watches as UNAVAILABLE, lets the others finish for a while. Once, however often called. */
  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#address = null;
    this.deps.health.stop();
    this.deps.feed.stop();
    await new Promise<void>((resolve) => {
      const cancel = this.deps.clock.setTimer(CLOSE_GRACE_MS, () => {
        this.#server.forceShutdown();
        resolve();
      });
      this.#server.tryShutdown(() => {
        cancel();
        resolve();
      });
    });
  }

  #bind(target: string): Promise<number> {
    const { host, port } = this.deps;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(target, ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(cannotListen(error, { host, port, variable: 'TILLSTREAM_GRPC_PORT' }));
        else resolve(bound);
      });
    });
  }
}

function packageOf(service: string): string {
  return service.slice(0, service.lastIndexOf('.'));
}
