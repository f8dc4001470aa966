import { MongoClient } from 'mongodb';

/** Runs `work` with the address of a database of its own on the same server, which is dropped afterwards. */
export async function withDatabase<R>(mongoUri: string, name: string, work: (uri: string) => Promise<R>): Promise<R> {
  const address = new URL(mongoUri);
  address.pathname = `/${name}`;
  try {
    return await work(address.href);
  } finally {
    const client = await MongoClient.connect(address.href);
    await client.db().dropDatabase();
    await client.close();
  }
}
