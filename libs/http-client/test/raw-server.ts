import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A TCP server that answers each request with exactly the bytes a test says. */
export interface RawServer {
  readonly url: string;
  /** Everything received so far, as text. */
  received(): string;
  /** How many connections were opened. */
  connections(): number;
  close(): Promise<void>;
}

/** `answer` is called whenever a whole request head has arrived on a connection. */
export async function startRawServer(answer: (socket: Socket, request: string) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let received = '';
  let connections = 0;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    connections += 1;
    let pending = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      pending += bytes.toString('latin1');
      if (!pending.includes('\r\n\r\n')) return;
      const request = pending;
      pending = '';
      answer(socket, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => received,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
