import { generateMasterKey } from '@tillstream/credentials';
import { TransientError } from '@tillstream/kernel';
import { ApiClient } from '../client/api.js';
import { checkStorage, type RebuildCheck } from '../rebuild-check/check.js';
import { PROCESS_ADMIN_KEY } from '../supervised/process.js';
import { type ApiSource, pause } from '../supervised/through-deaths.js';
import type { ChildOptions } from './child-options.js';
import { Fleet } from './fleet.js';
import { Place } from './place.js';
import { SERVICES, type ServiceName } from './roster.js';
import type { Stack } from './stack.js';

export interface FleetProductOptions {
  readonly stack: Stack;
  readonly child: ChildOptions;
  readonly replicas?: number;
  readonly logLevel?: string;
  /** More environment for every service. */
  readonly env?: Readonly<Record<string, string>>;
}

const LOOK_AGAIN_MS = 10;
const PATIENCE_MS = 60_000;

/** The whole distributed product, each service a process, over topics and a database of its own. */
export class FleetProduct implements ApiSource {
  readonly place: Place;
  readonly fleet: Fleet;

  constructor(private readonly options: FleetProductOptions) {
    const { child, stack, replicas = 1, logLevel = 'warn' } = options;
    this.place = new Place(stack);
    const env = {
      ...this.place.environment,
      LOG_LEVEL: logLevel,
      TILLSTREAM_PORT: '0',
      TILLSTREAM_GRPC_PORT: '0',
      TILLSTREAM_ADMIN_KEY: PROCESS_ADMIN_KEY,
      TILLSTREAM_MASTER_KEY: generateMasterKey(),
      TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
      ...options.env,
    };
    this.fleet = new Fleet({ env, child, replicas });
  }

  get processes(): number {
    return SERVICES.length * (this.options.replicas ?? 1);
  }

  get deaths(): number {
    return this.fleet.deaths;
  }

  start(): Promise<void> {
    return this.fleet.start();
  }

  describe(): string {
    return this.fleet.members.map(({ service, process }) => `${service} (pid ${process.pid})`).join(', ');
  }

  /** A client of a living API; waits for one. */
  async api(): Promise<ApiClient> {
    for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; ) {
      const [api] = this.fleet.of('query-api');
      if (api) return new ApiClient(api.ready.httpUrl, PROCESS_ADMIN_KEY);
      await pause(LOOK_AGAIN_MS);
    }
    throw new TransientError('services_not_ready', 'no process of query-api answers');
  }

  kill(services?: readonly ServiceName[]): Promise<void> {
    return this.fleet.kill(services);
  }

  stop(): Promise<readonly (number | NodeJS.Signals)[]> {
    return this.fleet.stop();
  }

  /** After `stop`: is everything stored the fold of the log? */
  async check(): Promise<RebuildCheck> {
    const stored = await this.place.open();
    try {
      return await checkStorage(stored);
    } finally {
      await stored.close();
    }
  }

  /** Ends what still runs and removes topics and database. */
  async dispose(): Promise<void> {
    await this.fleet.stop();
    await this.place.remove();
  }
}
