// What one would write with Fastify, or grpc-js, and the MongoDB driver alone: who asks by an index on the key's hash,
// then the run by its _id, kept natively as it is answered.
import { createHash } from 'node:crypto';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { type GetSyncRequest, GetSyncResponse, SyncServiceService } from '@tillstream/proto';
import fastify from 'fastify';
import { Binary, MongoClient } from 'mongodb';
import { childInput, tellParent } from './child.js';
import { API_KEY } from './workload.js';

export interface BareServerInput {
  readonly mongoUri: string;
  /** The answer of the product, which is stored here as it is. */
  readonly answer: Readonly<Record<string, unknown>> & { readonly syncId: string };
  /** Its answer over gRPC, the encoded message in base64; null = it does not serve gRPC. */
  readonly message: string | null;
}

export interface BareServer {
  readonly url: string;
  readonly grpcUrl: string;
}

interface Key {
  readonly _id: string;
  readonly keyHash: string;
  readonly tenantId: string;
}

interface Run {
  readonly _id: string;
  readonly tenantId: string;
  readonly run: object;
  readonly message: Binary;
}

const { mongoUri, answer, message } = childInput<BareServerInput>();
const client = await MongoClient.connect(mongoUri, { maxPoolSize: 20 });
const keys = client.db().collection<Key>('bare_keys');
const runs = client.db().collection<Run>('bare_runs');
await keys.createIndex({ keyHash: 1 });
await keys.insertOne({ _id: 'key_1', keyHash: hash(API_KEY), tenantId: 'default' });
await runs.insertOne({
  _id: answer.syncId,
  tenantId: 'default',
  run: answer,
  message: Binary.createFromBase64(message ?? ''),
});

const app = fastify();
app.get<{ Params: { syncId: string } }>('/api/sync/status/:syncId', async (request, reply) => {
  const key = await keyOf(request.headers.authorization);
  if (!key) return reply.status(401).send();
  const found = await runOf(key, request.params.syncId);
  return found ? found.run : reply.status(404).send();
});
const getSync: handleUnaryCall<GetSyncRequest, GetSyncResponse> = ({ metadata, request }, answered) => {
  const reply = async () => {
    const key = await keyOf(String(metadata.get('authorization')[0]));
    if (!key) return answered({ code: status.UNAUTHENTICATED });
    const found = await runOf(key, request.syncId);
    if (!found) return answered({ code: status.NOT_FOUND });
    answered(null, GetSyncResponse.decode(found.message.buffer));
  };
  reply().catch((error: unknown) => answered({ code: status.INTERNAL, details: String(error) }));
};
const server = new Server();
const { getSync: method } = SyncServiceService;
server.addService({ getSync: method }, { getSync });
const grpcPort = await new Promise<number>((resolve, reject) => {
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
    error ? reject(error) : resolve(port),
  );
});
const url = await app.listen({ port: 0, host: '127.0.0.1' });
tellParent({ url, grpcUrl: `127.0.0.1:${grpcPort}` } satisfies BareServer, async () => {
  server.forceShutdown();
  await app.close();
  await client.close();
});

function keyOf(authorization = ''): Promise<Key | null> {
  const token = /^Bearer (\S+)$/.exec(authorization)?.[1] ?? '';
  return keys.findOne({ keyHash: hash(token) });
}

async function runOf({ tenantId }: Key, syncId: string): Promise<Run | null> {
  const found = await runs.findOne({ _id: syncId });
  return found?.tenantId === tenantId ? found : null;
}

function hash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
