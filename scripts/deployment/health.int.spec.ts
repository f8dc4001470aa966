import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { afterEach, describe, expect, it } from 'vitest';
import { check } from '../../deploy/docker/health.mjs';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function http(status: number): Promise<number> {
  const server: HttpServer = createServer((_request, response) => response.writeHead(status).end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function grpc(statuses: Record<string, 'SERVING' | 'NOT_SERVING'> | undefined): Promise<number> {
  const server = new Server();
  if (statuses !== undefined) new HealthImplementation(statuses).addToServer(server);
  closing.push(() => server.forceShutdown());
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

describe('the health check of the images', () => {
  it('is content with what answers well', async () => {
    const port = await http(200);
    await expect(check(`http://127.0.0.1:${port}/health/live`)).resolves.toBeUndefined();
    await expect(check(`tcp://127.0.0.1:${port}`)).resolves.toBeUndefined();
    await expect(check(`grpc://127.0.0.1:${await grpc({ '': 'SERVING' })}`)).resolves.toBeUndefined();
  });

  it('says what does not', async () => {
    await expect(check(`http://127.0.0.1:${await http(503)}/health/ready`)).rejects.toThrow('answered 503');
    await expect(check(`grpc://127.0.0.1:${await grpc({ '': 'NOT_SERVING' })}`)).rejects.toThrow('is not serving');
    await expect(check(`grpc://127.0.0.1:${await grpc(undefined)}`)).rejects.toThrow('gRPC status 12');
    await expect(check('tcp://127.0.0.1:1')).rejects.toThrow('ECONNREFUSED');
    await expect(check('grpc://127.0.0.1:1')).rejects.toThrow('ECONNREFUSED');
    await expect(check('ftp://127.0.0.1:1')).rejects.toThrow('ftp:');
  });
});
