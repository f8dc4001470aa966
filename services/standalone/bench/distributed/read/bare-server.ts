// What one would write with Fastify and the MongoDB driver alone: who asks by an index on the key's hash, then the run
// by its _id, kept natively as it is answered.
import { createHash } from 'node:crypto';
import fastify from 'fastify';
import { MongoClient } from 'mongodb';
import { childInput, tellParent } from './child.js';
import { API_KEY } from './workload.js';

export interface BareServerInput {
  readonly mongoUri: string;
  /** The answer of the product, which is stored here as it is. */
  readonly answer: Readonly<Record<string, unknown>> & { readonly syncId: string };
}

export interface BareServer {
  readonly url: string;
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
}

const { mongoUri, answer } = childInput<BareServerInput>();
const client = await MongoClient.connect(mongoUri, { maxPoolSize: 20 });
const keys = client.db().collection<Key>('bare_keys');
const runs = client.db().collection<Run>('bare_runs');
await keys.createIndex({ keyHash: 1 });
await keys.insertOne({ _id: 'key_1', keyHash: hash(API_KEY), tenantId: 'default' });
await runs.insertOne({ _id: answer.syncId, tenantId: 'default', run: answer });

const app = fastify();
app.get<{ Params: { syncId: string } }>('/api/sync/status/:syncId', async (request, reply) => {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const key = await keys.findOne({ keyHash: hash(token) });
  if (!key) return reply.status(401).send();
  const found = await runs.findOne({ _id: request.params.syncId });
  if (found?.tenantId !== key.tenantId) return reply.status(404).send();
  return found.run;
});
const url = await app.listen({ port: 0, host: '127.0.0.1' });
tellParent({ url } satisfies BareServer, async () => {
  await app.close();
  await client.close();
});

function hash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
