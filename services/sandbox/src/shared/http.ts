import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a handler answers: a whole reply, or the order to destroy the connection without one. */
export type HttpReply =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  | 'drop';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Aborted when the caller hangs up before the reply was sent. */
  readonly gone: AbortSignal;
}

/** Where a sandbox listens, and the name it gives itself in the addresses it tells. Both default to loopback. */
export interface Reach {
  /** Address to listen on, for example 0.0.0.0 in a container. */
  readonly host?: string;
  /** Name under which others find it, for example that of the container. */
  readonly advertisedHost?: string;
}

export const LOOPBACK = '127.0.0.1';

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** A bare HTTP server: sandboxes need the socket itself to lose replies. Port 0 picks one. */
export async function startHttp(
  handle: (request: HttpRequest) => Promise<HttpReply>,
  port: number,
  { maxHeaderBytes, host = LOOPBACK, advertisedHost = LOOPBACK }: Reach & { readonly maxHeaderBytes?: number } = {},
): Promise<RunningServer> {
  const options = maxHeaderBytes === undefined ? {} : { maxHeaderSize: maxHeaderBytes };
  const server = createServer(options, (request, response) => {
    void serve(request, response, handle);
  });
  // Idle connections stay open: a reset that no fault rule ordered would make runs differ from each other.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${advertisedHost}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (request: HttpRequest) => Promise<HttpReply>,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableEnded) gone.abort(new Error('the caller hung up'));
  });
  try {
    const body = await readBody(request);
    const url = new URL(request.url ?? '/', 'http://sandbox');
    const reply = await handle({
      method: request.method ?? 'GET',
      url,
      headers: request.headers,
      body,
      gone: gone.signal,
    });
    if (reply === 'drop') response.destroy();
    else
      response
        .writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) })
        .end(reply.body);
  } catch {
    response.destroy();
  }
}

/** A JSON reply of the control interface. */
export function jsonReply(status: number, value: unknown): HttpReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
