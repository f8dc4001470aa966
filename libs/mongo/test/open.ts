import { randomBytes } from 'node:crypto';
import { SystemClock } from '@tillstream/kernel';
import mongoose from 'mongoose';
import { type MongoStorageOptions, openMongoStorage } from '../src/index.js';

/** A database nobody else uses, named in the address. */
export function freshDatabase(uri: string): string {
  const address = new URL(uri);
  address.pathname = `/t-${process.pid}-${randomBytes(4).toString('hex')}`;
  return address.href;
}

export function open(uri: string, options: Partial<MongoStorageOptions> = {}) {
  return openMongoStorage({ uri, collections: [], clock: new SystemClock(), patienceMs: 0, ...options });
}

/** What the contract suites need: a storage that can be closed and opened again over the same database. */
export async function reopenable(server: string, options: Partial<MongoStorageOptions>) {
  const uri = freshDatabase(server);
  let storage = await open(uri, options);
  return {
    get store() {
      return storage.store;
    },
    reopen: async () => {
      await storage.close();
      storage = await open(uri, options);
    },
    dispose: async () => {
      await storage.close();
      await dropDatabase(uri);
    },
  };
}

export async function dropDatabase(uri: string): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  await connection.dropDatabase();
  await connection.close();
}
