import { once } from 'node:events';
import { Client, credentials, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createMetrics } from '@tillstream/observability';
import { Entity, SYNC_PROTO } from '@tillstream/proto';
import { eventually } from '@tillstream/testing';
import { protoPath, service as healthService } from 'grpc-health-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GrpcClient } from './grpc-client.js';
import { Harness } from './harness.js';

const SERVICE = 'tillstream.sync.v1.SyncService';

let h: Harness;
let address: string;
let ready: boolean;
let client: Client & Record<string, (...args: unknown[]) => NodeJS.ReadableStream>;
beforeEach(async () => {
  h = new Harness();
  ready = true;
  h.health.push({ name: 'writer', health: () => ({ ok: ready, reasons: [] }) });
  address = await h.serveGrpc();
});
afterEach(async () => {
  client.close();
  await h.stop();
});

function connect(constructor: ServiceClientConstructor): void {
  client = new constructor(address, credentials.createInsecure()) as unknown as typeof client;
}

function healthClient(): void {
  const root = loadPackageDefinition(loadSync(protoPath, { enums: String, keepCase: true, defaults: true }));
  const { Health } = (root as unknown as { grpc: { health: { v1: { Health: ServiceClientConstructor } } } }).grpc.health
    .v1;
  expect(Object.keys(Health.service)).toEqual(Object.keys(healthService));
  connect(Health);
}

function check(service: string): Promise<unknown> {
  return new Promise((resolve) => {
    client['Check']?.({ service }, (error: { code: number } | null, answer: { status: string }) =>
      resolve(error?.code ?? answer.status),
    );
  });
}

describe('grpc.health.v1', () => {
  beforeEach(healthClient);

  it.each(['', SERVICE])('says of "%s" without a key what /health/ready says', async (service) => {
    expect(await check(service)).toBe('SERVING');
    ready = false;
    expect((await h.call('GET', '/health/ready', { key: null })).status).toBe(503);
    expect(await check(service)).toBe('NOT_SERVING');
    ready = true;
    expect(await check(service)).toBe('SERVING');
    // NOT_FOUND.
    expect(await check('another.Service')).toBe(5);
  });

  it('tells those that watch of each change, and ends with NOT_SERVING when the server stops', async () => {
    const seen: string[] = [];
    const call = client['Watch']?.({ service: SERVICE }) as NodeJS.ReadableStream;
    call.on('data', ({ status }: { status: string }) => seen.push(status));
    await eventually(() => seen.length === 1);
    ready = false;
    await eventually(() => seen.length === 2);
    ready = true;
    await eventually(() => seen.length === 3);
    const ended = once(call, 'error');
    await h.stopService();
    // UNAVAILABLE.
    expect(await ended).toMatchObject([{ code: 14 }]);
    expect(seen).toEqual(['SERVING', 'NOT_SERVING', 'SERVING', 'NOT_SERVING']);
  });
});

describe('server reflection', () => {
  const PATH = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

  /** A request with one text in field `number`; written by hand, because the package ships no client. */
  function ask(number: number, text: string): Promise<string> {
    const bytes = Buffer.from(text);
    const call = client.makeBidiStreamRequest(
      PATH,
      (value: Buffer) => value,
      (value: Buffer) => value,
    );
    const answer = once(call, 'data').then(([data]) => (data as Buffer).toString('latin1'));
    call.write(Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]));
    return answer.finally(() => call.end());
  }

  it('lists the service and gives its text with every file it needs, without a key', async () => {
    client = new Client(address, credentials.createInsecure()) as typeof client;
    // list_services
    expect(await ask(7, '')).toContain(SERVICE);
    expect(await ask(4, 'grpc.health.v1.Health')).toContain('HealthCheckResponse');
    expect(await ask(4, 'google.rpc.ErrorInfo')).toContain('reason');
    // file_containing_symbol
    const file = await ask(4, SERVICE);
    for (const name of ['WatchSync', 'google/protobuf/timestamp.proto', SYNC_PROTO]) {
      expect(file).toContain(name);
    }
  });
});

describe('metrics of calls', () => {
  it('count by method and code, and hold nothing of a tenant', async () => {
    healthClient();
    const metrics = createMetrics({ processMetrics: false });
    await h.stopService();
    const sync = new GrpcClient(await h.serveGrpc({ metrics }));
    await sync.refused('getSync', { syncId: 'run_none' });
    await sync.refused('getSync', { syncId: 'run_none' });
    await sync.call('listSyncs', {});
    await sync.refused('triggerSync', { entity: Entity.ENTITY_UNSPECIFIED });
    await new GrpcClient(sync.address, null).refused('listSyncs');
    sync.close();
    const { body } = await metrics.expose();
    const counts = body.split('\n').filter((line) => line.startsWith('tillstream_grpc_call_seconds_count'));
    const line = (method: string, code: string, count: number) =>
      `tillstream_grpc_call_seconds_count{method="${SERVICE}/${method}",code="${code}"} ${count}`;
    expect(counts.sort()).toEqual(
      [
        line('GetSync', 'NOT_FOUND', 2),
        line('ListSyncs', 'OK', 1),
        line('ListSyncs', 'UNAUTHENTICATED', 1),
        line('TriggerSync', 'INVALID_ARGUMENT', 1),
      ].sort(),
    );
  });
});
