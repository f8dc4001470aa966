import { COLLECTIONS, type ConnectionDocument, connectionDocumentId, TOPICS } from '@tillstream/contracts';
import { eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness, REALM } from './harness.js';
import { makeOrder } from './orders.js';

let harness: Harness;
afterEach(() => harness.close());

const CONNECTIONS = COLLECTIONS.connections.name;
const ID = connectionDocumentId('default', 'quickbooks');

const stored = async (): Promise<ConnectionDocument> => {
  const found = await harness.storage.store.get<ConnectionDocument>(CONNECTIONS, ID);
  if (!found) throw new TypeError('no connection');
  return found.doc;
};

async function put(doc: ConnectionDocument): Promise<void> {
  await harness.storage.store.bulkWrite([{ op: 'put', collection: CONNECTIONS, id: ID, doc, expectedVersion: null }]);
}

/** As query-api does on DELETE: the emptied document stays until its fact is in the log. */
async function remove(): Promise<ConnectionDocument> {
  const before = await stored();
  await put({ ...before, identityKey: '', config: {}, secrets: {}, removed: true });
  const facts = { platform: 'quickbooks', connectionId: before.connectionId, identity: REALM, removed: true };
  await harness.publish(TOPICS.config.name, 'ConnectionChanged', { ...facts, identityReplaced: false } as never);
  return before;
}

describe('a connection that was deleted', () => {
  it.each(['emptied', 'gone'])('has nothing more sent with it, to no host, while its document is %s', async (how) => {
    const hosts: string[] = [];
    harness = await Harness.start({
      wrapSend: (send) => (request) => {
        hosts.push(new URL(request.url).host);
        return send(request);
      },
    });
    await harness.deliver(makeOrder('1'));
    await remove();
    if (how === 'gone') {
      await harness.storage.store.bulkWrite([{ op: 'delete', collection: CONNECTIONS, id: ID, expectedVersion: null }]);
    }
    hosts.length = 0;
    const settled = await harness.deliver(makeOrder('2'));
    expect(settled).toMatchObject({ outcome: 'held', problem: { code: 'connection_missing' } });
    expect(hosts).toEqual([]);
    expect(harness.live().invoices).toHaveLength(1);
  });

  it('and made anew uses the refresh token it was given then, whatever was adopted before', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1'));
    const before = await remove();
    harness.control.expireAccessTokens(REALM);
    const owner = { tenantId: 'default', connectionId: 'con_new' };
    const seal = (text: string) => harness.secrets.seal(text, owner);
    await put({
      ...before,
      connectionId: 'con_new',
      secretsVersion: 1,
      secrets: {
        clientSecret: seal('app-secret'),
        refreshToken: seal(harness.control.issueRefreshToken(REALM)),
      },
    });
    const facts = { platform: 'quickbooks', connectionId: 'con_new', identity: REALM, removed: false };
    await harness.publish(TOPICS.config.name, 'ConnectionChanged', { ...facts, identityReplaced: false } as never);
    const settled = await eventually(async () => {
      const result = await harness.deliver(makeOrder('2'), { reason: 'retry' });
      return result.outcome === 'created' ? result : null;
    });
    expect(settled.outcome).toBe('created');
  });
});
