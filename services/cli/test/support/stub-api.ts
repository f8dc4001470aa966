import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CliResult, runCli, type RunOptions } from './shop.js';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** An answer with its status, 200 unless named. */
export type StubAnswer = { readonly status?: number; readonly body: unknown };

/** Answers as told, `METHOD /path` -> answers in turn (the last one stays): for what the product seldom answers. */
export class StubApi {
  readonly asked: Asked[] = [];
  readonly #answers = new Map<string, StubAnswer[]>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void read(request).then((text) => {
        const { method = '', url = '', headers } = request;
        this.asked.push({ method, url, headers, body: text === '' ? undefined : JSON.parse(text) });
        const { status = 200, body } = this.#next(`${method} ${url.split('?')[0]}`);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
  }

  static async start(): Promise<StubApi> {
    const stub = new StubApi();
    await new Promise<void>((resolve) => stub.#server.listen(0, '127.0.0.1', resolve));
    return stub;
  }

  answer(route: string, ...answers: readonly StubAnswer[]): this {
    this.#answers.set(route, [...answers]);
    return this;
  }

  cli(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
    const { port } = this.#server.address() as AddressInfo;
    const env = { TILLSTREAM_URL: `http://127.0.0.1:${port}/`, TILLSTREAM_API_KEY: 'key-of-the-test' };
    return runCli(args, { ...options, env: { ...env, ...options.env } });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #next(route: string): StubAnswer {
    const answers = this.#answers.get(route) ?? [];
    const next = answers.length > 1 ? answers.shift() : answers[0];
    return next ?? { status: 404, body: { code: 'not_found', detail: `${route} does not exist` } };
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
