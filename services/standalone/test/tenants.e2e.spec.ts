import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agrees, audit } from '../src/audit/audit.js';
import { type ApiClient, bareId, isFinal } from '../src/client/api.js';
import { connect } from '../src/client/setup.js';
import { auditInput } from '../src/world/books.js';
import { REALM_ID, type World } from '../src/world/world.js';
import { Product, required, SELECTED, soon } from './support/product.js';
import { OTHER_REALM, startTwoWorlds } from './support/two-tenants.js';

const ORDERS = 30;
const FIRST_COMPANY = { path: `/v3/company/${REALM_ID}/` };

describe('two tenants, each with a company of its own', () => {
  let product: Product;
  let other: ApiClient;
  let second: World;
  beforeEach(async () => {
    product = await Product.start({
      shop: { seed: 0, orders: 0 },
      startWorld: async (clock) => {
        const worlds = await startTwoWorlds(clock, ORDERS);
        second = worlds.second;
        return worlds.first;
      },
    });
    const made = await product.api.expect<{ adminKey: string }>([201], 'POST', '/api/tenants', {
      tenantId: 'other',
      name: 'The other shop',
    });
    other = product.as(made.adminKey);
    await connect(other, second);
  });
  afterEach(() => product.close());

  const othersBooks = async () => {
    const held = (await other.failures(['open'])).map(({ entityId, code }) => ({ orderId: bareId(entityId), code }));
    return audit(auditInput(second.woo.orders(), product.control.ledger(OTHER_REALM), held, SELECTED));
  };

  it('a 429 pauses the company it was meant for, and nobody else', async () => {
    const throttled = await product.startRun();
    await soon(() => product.writes('Invoice').length >= 3);
    product.control.addFault({ kind: 'status', status: 429, body: 'xml', match: FIRST_COMPANY });
    await soon(() => product.control.firedFaults.length > 0);
    const pausedAt = product.clock.now();

    const run = await product.sync({}, other);
    expect(run.status).toBe('completed');
    expect(agrees(await othersBooks())).toBe(true);
    expect(isFinal(await product.api.run(throttled))).toBe(false);
    const minutes = (product.clock.now() - pausedAt) / 60_000;
    // Those in flight when the first 429 came, and at most as many after each pause.
    expect(product.control.firedFaults.length).toBeLessThanOrEqual(8 * (Math.floor(minutes) + 1));

    product.control.clearFaults();
    await product.finished(throttled);
    expect((await product.audit()).problems).toEqual([]);
  });

  it('neither sees or touches what belongs to the other', async () => {
    const [mine, theirs] = await Promise.all([product.sync(), product.sync({}, other)]);
    expect((await product.audit()).problems).toEqual([]);
    expect((await othersBooks()).problems).toEqual([]);
    const failure = required([...(await product.held()).values()][0]);
    const known = new Set(second.generated.orders.map(({ id }) => id));
    const document = `woo:${product.someOrder(({ id }) => !known.has(id)).id}`;
    const hidden = [
      ['GET', `/api/sync/status/${mine.syncId}`],
      ['POST', `/api/sync/status/${mine.syncId}/cancel`],
      ['GET', `/api/sync/failures/${failure.id}`],
      ['POST', `/api/sync/failures/${failure.id}/retry`],
      ['POST', `/api/sync/failures/${failure.id}/discard`, { reason: 'not mine' }],
      ['POST', '/api/sync/retry', { ids: [failure.id] }],
      ['GET', `/api/documents/orders/${document}`],
    ] as const;
    for (const [method, path, body] of hidden) {
      const answer = await other.call<{ code: string }>(method, path, body);
      expect({ path, status: answer.status, code: answer.body.code }).toEqual({ path, status: 404, code: 'not_found' });
    }
    expect((await product.api.call('GET', `/api/documents/orders/${document}`)).status).toBe(200);
    expect(await other.failures(['open'])).toEqual([]);
    const runs = await other.expect<{ items: { syncId: string }[] }>([200], 'GET', '/api/sync/status');
    expect(runs.items.map(({ syncId }) => syncId)).toEqual([theirs.syncId]);
    expect((await product.held()).get(bareId(failure.entityId))?.state).toBe('open');
    expect((await product.api.call('POST', '/api/tenants', { tenantId: 'third', name: 'x' })).status).toBe(201);
    expect((await other.call('POST', '/api/tenants', { tenantId: 'fourth', name: 'x' })).status).toBe(403);
  });

  it('a company belongs to one tenant', async () => {
    const body = product.world.connections.quickbooks;
    const answer = await other.call('PUT', '/api/connections/quickbooks?replaceIdentity=true', body);
    expect(answer).toMatchObject({ status: 409, body: { code: 'realm_in_use' } });
  });
});
