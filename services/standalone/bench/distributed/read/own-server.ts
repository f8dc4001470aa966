// The query-api as the distributed profile runs it: over MongoDB and Kafka, in a process of its own.
import { allTopicDefinitions, COLLECTIONS } from '@tillstream/contracts';
import { createSecrets, generateMasterKey } from '@tillstream/credentials';
import { createHttpClient } from '@tillstream/http-client';
import { openKafkaEventLog } from '@tillstream/kafka';
import { NO_CRASH_POINTS, SystemClock, SystemIds } from '@tillstream/kernel';
import { openMongoStorage } from '@tillstream/mongo';
import { createMetrics, SILENT_LOGGER } from '@tillstream/observability';
import { createQueryApi } from '@tillstream/query-api';
import { childInput, tellParent } from './child.js';
import { API_KEY, RUN } from './workload.js';

export interface OwnServerInput {
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  readonly mongoUri: string;
}

export interface OwnServer {
  readonly url: string;
  /** null = gRPC is not served. */
  readonly grpcUrl: string | null;
}

const { brokers, topicPrefix, mongoUri } = childInput<OwnServerInput>();
const clock = new SystemClock();
const storage = await openMongoStorage({ uri: mongoUri, collections: Object.values(COLLECTIONS), clock });
const log = await openKafkaEventLog({
  connection: { brokers, clientId: 'query-api' },
  topics: allTopicDefinitions(),
  topicPrefix,
  clock,
});
await storage.store.bulkWrite([
  { op: 'put', collection: COLLECTIONS.runs.name, id: RUN.syncId, doc: RUN, expectedVersion: null },
]);
const http = createHttpClient({ clock, allowPrivateTargets: false });
const grpc = { grpcPort: 0 };
const api = createQueryApi({
  log,
  store: storage.store,
  clock,
  ids: new SystemIds(clock),
  crash: NO_CRASH_POINTS,
  logger: SILENT_LOGGER,
  metrics: createMetrics(),
  secrets: createSecrets({ current: generateMasterKey() }),
  http,
  config: { adminKey: API_KEY, publicUrl: null, allowPrivateTargets: false },
  host: '127.0.0.1',
  port: 0,
  ...grpc,
});
const { url, grpcUrl } = await api.start();
tellParent({ url, grpcUrl } satisfies OwnServer, async () => {
  await api.stop();
  await log.close();
  await storage.close();
});
