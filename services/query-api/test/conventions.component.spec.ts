import { connect } from 'node:net';
import { SystemClock } from '@tillstream/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionBodies } from '../src/connections/schemas.js';
import { createQueryApi } from '../src/index.js';
import { operations } from '../src/openapi/operations.js';
import { ADMIN_KEY, Harness } from './harness.js';

describe('conventions of the API', () => {
  let h: Harness;
  beforeAll(async () => {
    h = await new Harness().start();
  });
  afterAll(() => h.stop());

  const json = { 'content-type': 'application/json' };

  it.each([
    ['bad JSON', 'POST', '/api/keys', { headers: json, payload: '{"a":' }, 400, 'bad_json'],
    [
      'a key that reaches for prototypes',
      'POST',
      '/api/keys',
      { headers: json, payload: '{"__proto__":{}}' },
      400,
      'bad_json',
    ],
    [
      'an unknown field',
      'POST',
      '/api/keys',
      { body: { name: 'x', role: 'viewer', admin: true } },
      400,
      'validation_failed',
    ],
    ['an array for an object', 'POST', '/api/keys', { body: [] }, 400, 'validation_failed'],
    ['a body that is missing', 'POST', '/api/keys', {}, 400, 'validation_failed'],
    ['an unknown query parameter', 'GET', '/api/sync/status?page=2', {}, 400, 'validation_failed'],
    ['a limit of 0', 'GET', '/api/sync/status?limit=0', {}, 400, 'validation_failed'],
    ['a limit of 201', 'GET', '/api/sync/status?limit=201', {}, 400, 'validation_failed'],
    ['a limit in another notation', 'GET', '/api/sync/status?limit=0x10', {}, 400, 'validation_failed'],
    ['a limit given twice', 'GET', '/api/sync/status?limit=1&limit=2', {}, 400, 'validation_failed'],
    ['a broken cursor', 'GET', '/api/sync/status?cursor=nonsense', {}, 400, 'validation_failed'],
    ['a path that is not UTF-8', 'GET', '/api/sync/status/%ff', {}, 400, 'validation_failed'],
    ['an unknown address', 'GET', '/api/nothing', {}, 404, 'not_found'],
    ['an unknown entity', 'POST', '/api/sync/invoices', { body: {} }, 404, 'unknown_entity'],
    ['an unknown entity of a document', 'GET', '/api/documents/invoices/1', {}, 404, 'unknown_entity'],
    ['an unknown platform', 'PUT', '/api/connections/shopify', { body: {} }, 404, 'not_found'],
    ['a method that is not possible', 'DELETE', '/api/settings', {}, 405, 'method_not_allowed'],
    ['a word that only looks like an entity', 'POST', '/api/sync/failures', { body: {} }, 405, 'method_not_allowed'],
    [
      'a body that is too large',
      'POST',
      '/api/keys',
      { body: { name: 'x'.repeat(1_100_000) } },
      413,
      'payload_too_large',
    ],
    [
      'another media type',
      'POST',
      '/api/keys',
      { headers: { 'content-type': 'text/plain' }, payload: 'x' },
      415,
      'unsupported_media_type',
    ],
  ])('%s is a problem', async (_, method, url, options, status, code) => {
    const answer = await h.call(method, url, options);
    expect(answer).toMatchObject({
      status,
      body: { code, status, type: `/problems/${code}`, title: expect.any(String) },
    });
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body['instance']).toBe(url.split('?')[0]);
  });

  it('names every wrong field', async () => {
    const { body } = await h.call('POST', '/api/keys', { body: { name: '', role: 'owner', extra: 1 } });
    expect((body['errors'] as { path: string }[]).map(({ path }) => path).sort()).toEqual(['extra', 'name', 'role']);
  });

  it('says which methods an address takes', async () => {
    expect((await h.call('POST', '/api/sync/failures', { body: {} })).headers['allow']).toBe('GET, HEAD');
    expect((await h.call('OPTIONS', '/api/sync/status')).headers['allow']).toBe('GET, HEAD');
    expect((await h.call('PATCH', '/api/connections/woocommerce')).headers['allow']).toBe('GET, HEAD, PUT, DELETE');
  });

  it('is ready until a part is not, and says why; neither needs a key', async () => {
    expect(await h.call('GET', '/health/live', { key: null })).toMatchObject({ status: 200 });
    expect(await h.call('GET', '/health/ready', { key: null })).toMatchObject({ status: 200, body: { reasons: [] } });
    h.health.push({ name: 'projector', health: () => ({ ok: false, reasons: ['stuck'] }) });
    // The providers are read when the service is made.
    const other = createQueryApi(h.deps());
    const answer = await (await other.app()).inject({ url: '/health/ready' });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ status: 'unavailable', reasons: ['projector: stuck'] });
    await other.stop();
    h.health.pop();
  });

  it('exposes metrics without a key', async () => {
    const { text, status } = await h.call('GET', '/metrics', { key: null });
    expect(status).toBe(200);
    expect(text).toContain('tillstream_http_request_seconds_count{method="GET",route="/health/live",status="200"}');
  });

  it('describes every route in OpenAPI 3.1 and nothing else', async () => {
    const { body } = await h.call('GET', '/api/openapi.json', { key: null });
    expect(body['openapi']).toBe('3.1.0');
    const described = Object.entries(body['paths'] as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = operations(connectionBodies(false)).map(({ method, path }) => `${method} ${path}`);
    expect(described.sort()).toEqual(served.sort());
    expect(h.routes().sort()).toEqual(served.sort());
  });

  it('describes limits and needed bodies', async () => {
    const { body } = await h.call('GET', '/api/openapi.json', { key: null });
    const paths = body['paths'] as Record<string, Record<string, { parameters: object[]; requestBody: object }>>;
    expect(paths['/api/keys']?.['get']?.parameters).toContainEqual(
      expect.objectContaining({ name: 'limit', schema: expect.objectContaining({ type: 'integer', maximum: 200 }) }),
    );
    expect(paths['/api/keys']?.['post']?.requestBody).toMatchObject({ required: true });
    expect(paths['/api/sync/{entity}']?.['post']?.requestBody).toMatchObject({ required: false });
  });

  it('shows it to people on a page that loads nothing from elsewhere', async () => {
    const { text, headers } = await h.call('GET', '/api/docs', { key: null });
    expect(headers['content-type']).toContain('text/html');
    expect(text).toContain('/api/sync/{entity}');
    expect(text).not.toMatch(/src=|https?:\/\/(?!shop|sync)[\w.]+\/.*\.(js|css)/);
  });

  it('listens on a free port and says where; a port in use is named', async () => {
    const api = createQueryApi(h.deps());
    const { url } = await api.start();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(api.health()).toEqual({ ok: true, reasons: [] });
    const second = createQueryApi({ ...h.deps(), port: Number(new URL(url).port) });
    await expect(second.start()).rejects.toMatchObject({ code: 'port_in_use' });
    await second.stop();
    await api.stop();
    expect(api.health().ok).toBe(false);
  });

  it.each([
    ['nonsense', 'NONSENSE\r\n\r\n'],
    ['a head that is too long', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ])('%s on the wire is a problem, too', async (_, text) => {
    const api = createQueryApi(h.deps());
    const { url } = await api.start();
    const answer = await talk(url, text);
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*\r\n/);
    expect(answer).toContain('content-type: application/problem+json');
    expect(answer).toContain('"code":"validation_failed"');
    await api.stop();
  });

  it('stops although a client never finishes its request', async () => {
    const api = createQueryApi({ ...h.deps(), clock: new SystemClock() });
    const { url } = await api.start();
    const head = `POST /api/keys HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n`;
    const half = `${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name"`;
    const hungUp = talk(url, half);
    await fetch(`${url}/health/live`);
    await api.stop();
    expect(await hungUp).not.toContain('500');
  });
});

/** What the server answers to `text` on a bare connection until it closes that. */
function talk(url: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
  });
}
