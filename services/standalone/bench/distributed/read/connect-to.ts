import http from 'node:http';
import { Metadata, credentials } from '@grpc/grpc-js';
import { InvariantError } from '@tillstream/kernel';
import { GetSyncResponse, SyncServiceClient } from '@tillstream/proto';
import { API_KEY, SYNC_ID } from './workload.js';

/** `rest`: the origin; `grpc`: host and port. */
export type Server = { readonly rest: string } | { readonly grpc: string };

export interface Reader {
  /** One read of the run; rejects unless it is answered. */
  read(): Promise<void>;
  close(): void;
}

const AUTHORIZATION = `Bearer ${API_KEY}`;

/** At most `clients` reads at a time; REST has a connection for each, gRPC one for all. */
export function connectTo(server: Server, clients: number): Reader {
  return 'rest' in server ? overHttp(server.rest, clients) : overGrpc(server.grpc);
}

/** The body of the answer; rejects unless it is 200. */
export function getRun(origin: string, agent?: http.Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { headers: { authorization: AUTHORIZATION }, ...(agent && { agent }) };
    const request = http.get(`${origin}/api/sync/status/${SYNC_ID}`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new InvariantError('bench_read', `the read was answered ${response.statusCode}`));
      });
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

function overHttp(origin: string, clients: number): Reader {
  const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
  return { read: async () => void (await getRun(origin, agent)), close: () => agent.destroy() };
}

/** The answer, encoded in base64. */
export async function getSync(address: string): Promise<string> {
  const client = new SyncServiceClient(address, credentials.createInsecure());
  try {
    return Buffer.from(GetSyncResponse.encode(await called(client)).finish()).toString('base64');
  } finally {
    client.close();
  }
}

function overGrpc(address: string): Reader {
  const client = new SyncServiceClient(address, credentials.createInsecure());
  return { read: async () => void (await called(client)), close: () => client.close() };
}

const METADATA = new Metadata();
METADATA.set('authorization', AUTHORIZATION);

function called(client: SyncServiceClient): Promise<GetSyncResponse> {
  return new Promise((resolve, reject) => {
    client.getSync({ syncId: SYNC_ID }, METADATA, (error, response) => {
      if (error) reject(error);
      else if (response.sync?.syncId === SYNC_ID) resolve(response);
      else reject(new InvariantError('bench_read', 'another run was answered'));
    });
  });
}
