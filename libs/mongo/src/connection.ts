import mongoose, { type Connection, type ConnectOptions, mongo } from 'mongoose';
import { addressError } from './errors.js';

const DEFAULT_DATABASE = 'tillstream';

/**
 * What the address may override. A call finds a server within 5 s or fails, so that a request is answered 503 in time and
 * consumers take over the waiting; a server that went silent is noticed after 20 s.
 */
const DEFAULTS = {
  appName: 'tillstream',
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  socketTimeoutMS: 20_000,
  waitQueueTimeoutMS: 20_000,
  maxPoolSize: 20,
} as const satisfies ConnectOptions;

/** What it may not: "resolved" must mean durable (D1), and nobody decides on another node's old state. */
const FIXED = {
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 },
  readPreference: 'primary',
  retryWrites: true,
  retryReads: true,
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
} as const satisfies ConnectOptions;

/** Throws `storage_uri_invalid`. */
export function connectOptions(uri: string): ConnectOptions {
  const address = /^mongodb(?:\+srv)?:\/\/[^/?]+(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri);
  if (!address) throw addressError();
  const [, database, query] = address;
  const given = new Set([...new URLSearchParams(query ?? '').keys()].map((name) => name.toLowerCase()));
  const defaults = Object.entries(DEFAULTS).filter(([name]) => !given.has(name.toLowerCase()));
  return { ...Object.fromEntries(defaults), ...FIXED, ...(database ? {} : { dbName: DEFAULT_DATABASE }) };
}

/** One attempt. Rejects with the driver's error; nothing stays open then. */
export async function connect(uri: string): Promise<Connection> {
  const connection = mongoose.createConnection();
  // Without a listener an error event between two calls would end the process; the calls themselves report it.
  connection.on('error', () => {});
  try {
    return await connection.openUri(uri, connectOptions(uri));
  } catch (error) {
    await connection.destroy().catch(() => {});
    throw error;
  }
}

/**
 * The database as reads see it: what a majority has, so that nobody decides on a version that a failover takes back. It
 * has no write concern: the driver strips that from every read, after which the options are slow to copy (15 us a read).
 */
export async function readingDatabase(connection: Connection): Promise<mongo.Db> {
  const readConcern = new mongo.ReadConcern(await readConcernOf(connection));
  return connection.getClient().db(connection.name, { readConcern, writeConcern: {} });
}

/** Replica sets and sharded clusters know what a majority has; a single server knows only what it has itself. */
export async function readConcernOf(connection: Connection): Promise<'majority' | 'local'> {
  const hello = await connection.db?.admin().command({ hello: 1 });
  return hello?.['setName'] !== undefined || hello?.['msg'] === 'isdbgrid' ? 'majority' : 'local';
}
