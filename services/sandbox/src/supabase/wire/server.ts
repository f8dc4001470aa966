import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { LOOPBACK } from '../../shared/http.js';
import { type WireContext, WireConnection } from './connection.js';

export interface WireServer {
  readonly port: number;
  /** Ends every connection with 57P01, as a restart does. */
  terminateAll(): void;
  close(): Promise<void>;
}

/** Listens for PostgreSQL clients. Port 0 picks one. */
export async function startWire(context: WireContext, port: number, host: string = LOOPBACK): Promise<WireServer> {
  const open = new Set<WireConnection>();
  const serving = new Set<Promise<void>>();
  let nextId = 1;
  const server = createServer((socket) => {
    const connection = new WireConnection(nextId, socket, context);
    nextId += 1;
    open.add(connection);
    const served = connection.serve().finally(() => {
      open.delete(connection);
      serving.delete(served);
    });
    serving.add(served);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const terminateAll = () => {
    for (const connection of open) connection.terminate();
  };
  return {
    port: (server.address() as AddressInfo).port,
    terminateAll,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      terminateAll();
      await Promise.all([closed, ...serving]);
    },
  };
}
