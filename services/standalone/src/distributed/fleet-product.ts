import { randomBytes } from 'node:crypto';
import { allTopicDefinitions } from '@tillstream/contracts';
import { generateMasterKey } from '@tillstream/credentials';
import { openKafkaEventLog } from '@tillstream/kafka';
import { SystemClock, TransientError } from '@tillstream/kernel';
import { openMongoStorage } from '@tillstream/mongo';
import { ApiClient } from '../client/api.js';
import { collections } from '../compose.js';
import { checkStorage, type RebuildCheck, type StoppedStorage } from '../rebuild-check/check.js';
import { PROCESS_ADMIN_KEY } from '../supervised/process.js';
import { type ApiSource, pause } from '../supervised/through-deaths.js';
import type { ChildOptions } from './child-options.js';
import { Fleet } from './fleet.js';
import { SERVICES, type ServiceName } from './roster.js';
import type { Stack } from './stack.js';

export interface FleetProductOptions {
  readonly stack: () => Stack;
  readonly child: ChildOptions;
  readonly replicas?: number;
  readonly logLevel?: string;
}

const LOOK_AGAIN_MS = 10;
const PATIENCE_MS = 60_000;

/** The whole distributed product over topics and a database of its own, for the demo, tests and benchmarks. */
export class FleetProduct implements ApiSource {
  /** Before every topic name, and the name of the database. */
  readonly prefix = `t${process.pid}-${randomBytes(4).toString('hex')}-`;
  readonly #stack: Stack;
  readonly fleet: Fleet;

  constructor(private readonly options: FleetProductOptions) {
    const { child, replicas = 1 } = options;
    this.#stack = options.stack();
    this.fleet = new Fleet({ env: this.#environment(), child, replicas });
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

  /** What it stored, opened by this process. */
  async storage(): Promise<StoppedStorage & { close(): Promise<void> }> {
    const clock = new SystemClock();
    const { brokers } = this.#stack;
    const log = await openKafkaEventLog({
      connection: { brokers: brokers.split(','), clientId: 'tillstream-check' },
      topics: allTopicDefinitions(),
      topicPrefix: this.prefix,
      createTopics: false,
      sessionTimeoutMs: 3000,
      clock,
    });
    const storage = await openMongoStorage({ uri: this.#mongoUri, collections: collections(), clock });
    return {
      log,
      store: storage.store,
      close: async () => {
        await log.close();
        await storage.close();
      },
    };
  }

  /** After `stop`: is everything stored the fold of the log? */
  async check(): Promise<RebuildCheck> {
    const storage = await this.storage();
    try {
      return await checkStorage(storage);
    } finally {
      await storage.close();
    }
  }

  async dispose(): Promise<void> {
    await this.fleet.stop();
  }

  get #mongoUri(): string {
    const uri = new URL(this.#stack.mongoUri);
    uri.pathname = `/${this.prefix.replaceAll('-', '_')}`;
    return uri.href;
  }

  #environment(): Record<string, string> {
    return {
      LOG_LEVEL: this.options.logLevel ?? 'warn',
      TILLSTREAM_PROFILE: 'distributed',
      TILLSTREAM_PORT: '0',
      TILLSTREAM_GRPC_PORT: '0',
      TILLSTREAM_ADMIN_KEY: PROCESS_ADMIN_KEY,
      TILLSTREAM_MASTER_KEY: generateMasterKey(),
      TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
      KAFKA_BROKERS: this.#stack.brokers,
      KAFKA_TOPIC_PREFIX: this.prefix,
      MONGODB_URI: this.#mongoUri,
    };
  }
}
