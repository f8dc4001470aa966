import { documentStoreContract } from '@tillstream/document-store/contract-suite';
import { afterAll, beforeAll } from 'vitest';
import { reopenable } from '../test/open.js';
import { ownServer, type TestServer } from '../test/server.js';

const servers: TestServer[] = [];
beforeAll(async () => {
  servers.push(await ownServer(), await ownServer({ standalone: true }));
});
afterAll(() => Promise.all(servers.map((server) => server.dispose())));

documentStoreContract('MongoDB, replica set', async (collections) =>
  reopenable(servers[0]?.uri ?? '', { collections }),
);
documentStoreContract('MongoDB, one server', async (collections) => reopenable(servers[1]?.uri ?? '', { collections }));
