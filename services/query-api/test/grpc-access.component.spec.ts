import { SyncServiceService } from '@tillstream/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METHOD_ROLES } from '../src/grpc/access.js';
import { GrpcClient, type Method, type Refusal, refusalOf } from './grpc-client.js';
import { ADMIN_KEY, Harness, makeKey, makeTenant } from './harness.js';

const methods = Object.keys(SyncServiceService) as Method[];
const RANK = { viewer: 1, operator: 2, admin: 3 } as const;
const ROLES = ['viewer', 'operator', 'admin'] as const;

/** How a call ends, streaming or not. */
async function endOf(client: GrpcClient, method: Method): Promise<Refusal | null> {
  if (method !== 'watchSync') {
    const answer = await client.call(method, {}).catch((error: unknown) => error);
    return answer instanceof Error ? refusalOf(answer) : null;
  }
  return new Promise((resolve) => {
    const call = client.watch('run_unknown').on('error', (error) => resolve(refusalOf(error)));
    call.on('end', () => resolve(null)).resume();
  });
}

describe('keys and roles over gRPC', () => {
  const h = new Harness();
  const clients = {} as Record<'none' | 'unknown' | 'other' | (typeof ROLES)[number], GrpcClient>;
  beforeAll(async () => {
    const address = await h.serveGrpc();
    clients.none = new GrpcClient(address, null);
    clients.unknown = new GrpcClient(address, `${ADMIN_KEY}x`);
    clients.other = new GrpcClient(address, await makeTenant(h, 'other'));
    for (const role of ROLES) clients[role] = new GrpcClient(address, await makeKey(h, role));
  });
  afterAll(async () => {
    for (const client of Object.values(clients)) client.close();
    await h.stop();
  });

  it('knows the role of every method of the service, and no other method', () => {
    expect(Object.keys(METHOD_ROLES).sort()).toEqual([...methods].sort());
  });

  it.each(methods)('%s answers nobody without a known key', async (method) => {
    for (const client of [clients.none, clients.unknown]) {
      expect(await endOf(client, method)).toMatchObject({
        code: 'UNAUTHENTICATED',
        reason: 'unauthenticated',
        domain: 'tillstream',
      });
    }
  });

  it.each(methods)('%s answers its role and the ones above, not the ones below', async (method) => {
    for (const role of ROLES) {
      const code = (await endOf(clients[role], method))?.code;
      expect([role, code === 'PERMISSION_DENIED']).toEqual([role, RANK[role] < RANK[METHOD_ROLES[method]]]);
    }
  });
});
