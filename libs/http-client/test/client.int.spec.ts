import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ManualClock, SystemClock } from '@tillstream/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient, type HttpRequest } from '../src/index.js';
import { type RawServer, startRawServer } from './raw-server.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function client(options: Partial<Parameters<typeof createHttpClient>[0]> = {}): HttpClient {
  const made = createHttpClient({ clock: new SystemClock(), allowPrivateTargets: true, ...options });
  cleanups.push(() => made.close());
  return made;
}

async function server(answer: (socket: Socket, request: string) => void): Promise<RawServer> {
  const made = await startRawServer(answer);
  cleanups.push(() => made.close());
  return made;
}

const ok = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  deadlineMs: 20_000,
  ...more,
});
const SECRET = 'cs_0123456789abcdef';
const secretly = (url: string, more: Partial<HttpRequest> = {}): HttpRequest =>
  get(`${url}/orders?consumer_secret=${SECRET}`, { headers: { authorization: `Basic ${SECRET}` }, ...more });

describe('an answered request', () => {
  it('carries method, body, headers and our user agent, and gives status, headers and text', async () => {
    const remote = await server((socket) =>
      socket.write('HTTP/1.1 302 Found\r\nX-Total: 3\r\nLocation: /else\r\ncontent-length: 3\r\n\r\nä!'),
    );
    const response = await client({ userAgent: 'Tillstream/9' }).send({
      ...get(`${remote.url}/path?a=1`),
      method: 'POST',
      headers: { 'Content-Type': 'application/json', traceparent: '00-aa-bb-01', 'User-Agent': 'Mozilla/5.0' },
      body: '{}',
    });
    expect(response).toEqual({
      status: 302,
      headers: { 'x-total': '3', location: '/else', 'content-length': '3' },
      body: 'ä!',
    });
    expect(remote.received()).toMatch(/^POST \/path\?a=1 HTTP\/1\.1\r\n/);
    expect(remote.received()).toContain('user-agent: Tillstream/9\r\n');
    expect(remote.received()).toContain('traceparent: 00-aa-bb-01\r\n');
    expect(remote.received()).not.toContain('Mozilla');
  });

  it('keeps its connection for the next ones', async () => {
    const remote = await server((socket) => socket.write(ok('x')));
    const http = client();
    for (let sent = 0; sent < 8; sent += 1) await http.send(get(remote.url));
    // Two, not one: a connection becomes free one turn of the event loop after its answer.
    expect(remote.connections()).toBeLessThanOrEqual(2);
  });

  it('is decompressed', async () => {
    const packed = gzipSync('plain text');
    const remote = await server((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`);
      socket.write(packed);
    });
    expect((await client().send(get(remote.url))).body).toBe('plain text');
  });

  it('calls onSent once the request is handed over, before the answer', async () => {
    const order: string[] = [];
    const remote = await server((socket) => socket.write(ok('x')));
    await client().send({ ...get(remote.url), method: 'POST', body: 'b', onSent: () => order.push('sent') });
    order.push('answered');
    expect(order).toEqual(['sent', 'answered']);
  });
});

describe('a request that never left', () => {
  it('is HttpNotSent when the port is closed', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as { port: number };
    gone.close();
    await once(gone, 'close');
    await expect(client().send(get(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({
      name: 'HttpNotSent',
      reason: 'refused',
      family: 'transient',
      detail: { systemCode: 'ECONNREFUSED' },
    });
  });

  it('is HttpNotSent when the name does not resolve', async () => {
    await expect(client().send(get('https://nowhere.invalid/'))).rejects.toMatchObject({ name: 'HttpNotSent' });
  });

  it('is HttpNotSent when no connection stands in time, and is not written later', async () => {
    const clock = new ManualClock();
    const silent = await server((socket) => socket.destroy());
    // A TLS handshake with a plain server that never speaks hangs until our own connect timeout.
    const sending = client({ clock, connectTimeoutMs: 5_000 }).send(
      get(silent.url.replace('http:', 'https:'), { deadlineMs: 60_000 }),
    );
    clock.advance(5_000);
    await expect(sending).rejects.toMatchObject({ name: 'HttpNotSent', reason: 'connect_timeout' });
  });

  it('is HttpNotSent when the deadline passes or the caller gives up before the connection stands', async () => {
    const clock = new ManualClock();
    const remote = await server((socket) => socket.write(ok('x')));
    const sending = client({ clock }).send(get(remote.url, { deadlineMs: 10 }));
    clock.advance(10);
    await expect(sending).rejects.toMatchObject({ name: 'HttpNotSent', reason: 'deadline' });
    await expect(client().send(get(remote.url, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      name: 'HttpNotSent',
      reason: 'aborted',
    });
    await client().send(get(`${remote.url}/later`));
    expect(remote.received().match(/GET /g)).toHaveLength(1);
  });

  it('is HttpNotSent after close', async () => {
    const remote = await server((socket) => socket.write(ok('x')));
    const http = client();
    await http.close();
    await expect(http.send(get(remote.url))).rejects.toMatchObject({ name: 'HttpNotSent', reason: 'closed' });
  });

  it('is refused when a public name resolves to a private address', async () => {
    const remote = await server((socket) => socket.write(ok('x')));
    const port = new URL(remote.url).port;
    await expect(client({ allowPrivateTargets: false }).send(get(`https://localhost:${port}/`))).rejects.toMatchObject({
      family: 'permanent',
      code: 'target_not_allowed',
    });
    expect(remote.connections()).toBe(0);
  });

  it('is request_invalid with an impossible header, which is not quoted', async () => {
    const remote = await server((socket) => socket.write(ok('x')));
    const failure = await client()
      .send(get(remote.url, { headers: { authorization: `Basic ${SECRET}\r\nx: y` } }))
      .catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ code: 'request_invalid', family: 'permanent' });
    expect(JSON.stringify(failure)).not.toContain(SECRET);
  });
});

describe('a request that may have taken effect is HttpOutcomeUnknown', () => {
  const whenAnswered = async (answer: (socket: Socket) => void, more: Partial<HttpRequest> = {}) => {
    const remote = await server(answer);
    return client()
      .send({ ...secretly(remote.url, more), method: 'POST', body: '{}' })
      .then(
        () => expect.fail('there was an answer'),
        (failure: Error) => failure,
      );
  };

  it('after a reset', async () => {
    expect(await whenAnswered((socket) => socket.resetAndDestroy())).toMatchObject({
      name: 'HttpOutcomeUnknown',
      reason: 'reset',
    });
  });

  it('after a close without an answer', async () => {
    expect(await whenAnswered((socket) => socket.end())).toMatchObject({ name: 'HttpOutcomeUnknown', reason: 'reset' });
  });

  it('when the answer is cut short', async () => {
    const short = 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"Invoice":';
    expect(await whenAnswered((socket) => socket.end(short))).toMatchObject({
      name: 'HttpOutcomeUnknown',
      reason: 'truncated',
    });
    const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n';
    expect(await whenAnswered((socket) => socket.end(chunked))).toMatchObject({ reason: 'truncated' });
  });

  it('when the answer is not HTTP', async () => {
    expect(await whenAnswered((socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n'))).toMatchObject({
      name: 'HttpOutcomeUnknown',
      reason: 'malformed',
    });
  });

  it('when the answer is larger than allowed, packed or not', async () => {
    expect(await whenAnswered((socket) => socket.write(ok('x'.repeat(2000))), { maxBodyBytes: 1000 })).toMatchObject({
      name: 'HttpOutcomeUnknown',
      reason: 'too_large',
    });
    const bomb = gzipSync('x'.repeat(100_000));
    const answer = (socket: Socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    };
    expect(await whenAnswered(answer, { maxBodyBytes: 1000 })).toMatchObject({ reason: 'too_large' });
  });

  it('at the deadline on the injected clock, in every phase, and never on undici time', async () => {
    const clock = new ManualClock();
    const http = client({ clock });
    for (const start of ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc']) {
      let arrived: () => void = () => {};
      const seen = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const remote = await server((socket) => socket.write(start, () => arrived()));
      const sending = http.send(secretly(remote.url, { deadlineMs: 120_000 }));
      await seen;
      clock.advance(119_999);
      clock.advance(1);
      await expect(sending).rejects.toMatchObject({ name: 'HttpOutcomeUnknown', reason: 'deadline' });
    }
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  it('when the caller or close gives it up in flight', async () => {
    const stop = new AbortController();
    const remote = await server(() => stop.abort());
    await expect(client().send(get(remote.url, { signal: stop.signal }))).rejects.toMatchObject({
      name: 'HttpOutcomeUnknown',
      reason: 'aborted',
    });
    const http = client();
    const second = await server(() => void http.close());
    await expect(http.send(get(second.url))).rejects.toMatchObject({ name: 'HttpOutcomeUnknown', reason: 'closed' });
  });

  it('without a secret in the error or the log (I10)', async () => {
    const lines: unknown[] = [];
    const logger = { debug: (fields: object, message: string) => lines.push({ fields, message }) };
    const remote = await server((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n'));
    const error: Error = await client({ logger })
      .send(secretly(remote.url))
      .then(
        () => expect.fail('the answer was cut short'),
        (failure: Error) => failure,
      );
    expect(error.message).toContain(`GET ${remote.url}/orders has no answer`);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify([lines, error, error.message, error.stack, error.cause])).not.toContain(SECRET);
  });
});

describe('timers', () => {
  it('leaves none behind after an answer', async () => {
    const clock = new ManualClock();
    const remote = await server((socket) => socket.write(ok('x')));
    await client({ clock }).send(get(remote.url));
    expect(clock.nextTimerAt()).toBeUndefined();
  });
});
