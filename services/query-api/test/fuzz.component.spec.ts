import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '@tillstream/kernel';
import { connectionBodies } from '../src/connections/schemas.js';
import { API_ERRORS } from '../src/index.js';
import { operations } from '../src/openapi/operations.js';
import { Harness } from './harness.js';

/** Values that look right more often than pure chance would. */
const words = fc.constantFrom(
  'orders',
  'quickbooks',
  'woo:1042',
  'admin',
  'any',
  'true',
  '',
  '0',
  '-1',
  '1e9',
  '%00',
  '__proto__',
  '2026-01-01',
  'https://shop.example.com',
  '\u0000',
  '🧾',
);
const text = fc.oneof(words, fc.string({ unit: 'grapheme' }));
const value: fc.Arbitrary<unknown> = fc.oneof(text, fc.jsonValue(), fc.constantFrom(null, true, [], {}, 1e308, -0));
const field = fc.constantFrom(
  'name',
  'role',
  'mode',
  'target',
  'dryRun',
  'filters',
  'ids',
  'idempotencyKey',
  'version',
  'orders',
  'quickbooks',
  'storeUrl',
  'consumerKey',
  'consumerSecret',
  'realmId',
  'environment',
  'clientId',
  'clientSecret',
  'reason',
  'limit',
  'tenantId',
);
const body = fc.oneof(fc.jsonValue(), fc.dictionary(field, value, { maxKeys: 8 }));
const query = fc.dictionary(
  fc.constantFrom(
    'limit',
    'cursor',
    'entity',
    'status',
    'state',
    'code',
    'from',
    'to',
    'trigger',
    'causedBy',
    'replaceIdentity',
    'realmId',
    'x',
  ),
  text,
  { maxKeys: 4 },
);
const operation = fc.constantFrom(
  ...operations(connectionBodies(false)).filter(({ path }) => path.startsWith('/api/')),
);

describe('bad input', () => {
  let h: Harness;
  beforeAll(async () => {
    h = await new Harness(new SystemClock(1_000)).start();
  });
  afterAll(() => h.stop());

  it('is never a 500, and every refusal is a documented problem', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(operation, text, query, body, async ({ method, path }, segment, parameters, payload) => {
        const url = `${path.replace(/\{\w+\}/g, () => encodeURIComponent(segment) || 'x')}?${new URLSearchParams(parameters).toString()}`;
        const options =
          method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, payload: JSON.stringify(payload) };
        const answer = await h.call(method, url, options);
        expect(answer.status).not.toBe(500);
        const refused = answer.status >= 400;
        const known = API_ERRORS[answer.body['code'] as keyof typeof API_ERRORS];
        expect(refused ? known?.status : answer.status).toBe(answer.status);
      }),
      { numRuns: 400 },
    );
  });

  it('bytes that are no JSON are 400', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const options = { headers: { 'content-type': 'application/json' }, payload: Buffer.from(bytes) };
        expect((await h.call('POST', '/api/keys', options)).status).toBe(400);
      }),
    );
  });
});
