import { SystemClock } from '@tillstream/kernel';
import mongoose, { type mongo } from 'mongoose';
import { openMongoStorage } from '../src/index.js';
import { batches, COLLECTIONS, type Write } from './workload.js';

export interface ProjectionOptions {
  /** A server of its own or shared; databases are made and dropped. */
  readonly uri: string;
  readonly rounds: number;
  readonly orders: number;
  readonly batchSize: number;
}

export interface Measure {
  /** Documents written per second. */
  readonly rate: number;
  /** CPU time of this process per document, in microseconds: what a slow server hides. */
  readonly cpuMicros: number;
}

export interface ProjectionRates {
  /** Per round. */
  readonly port: readonly Measure[];
  readonly bare: readonly Measure[];
}

/**
 * Documents per second of a projection through the port, and of the same documents, conditions and indexes through the
 * bare driver's `bulkWrite` as plain BSON, on the same server and with the same write concern. Batch by batch in turn, so
 * that a machine that is busy with something else is so for both; each round starts on empty collections, and the first,
 * which warms up server and JIT, is not counted.
 */
export async function projectionRates(options: ProjectionOptions): Promise<ProjectionRates> {
  const work = batches(options.orders, options.batchSize);
  const port: Measure[] = [];
  const bare: Measure[] = [];
  for (let round = 0; round <= options.rounds; round += 1) {
    const writers = [await throughPort(options.uri), await bareDriver(options.uri)] as const;
    for (const [n, batch] of work.entries()) {
      for (const writer of n % 2 === 0 ? writers : writers.toReversed()) await writer.write(batch);
    }
    const [ofPort, ofBare] = [await writers[0].end(), await writers[1].end()];
    if (round === 0) continue;
    port.push(ofPort);
    bare.push(ofBare);
  }
  return { port, bare };
}

interface Writer {
  write(batch: readonly Write[]): Promise<void>;
  /** Closes, drops the database and tells how it went: NaN when not every document was written. */
  end(): Promise<Measure>;
}

async function throughPort(uri: string): Promise<Writer> {
  const address = databaseOf(uri, 'port');
  const storage = await openMongoStorage({ uri: address, collections: COLLECTIONS, clock: new SystemClock() });
  return measured(
    async (batch) => {
      const outcomes = await storage.store.bulkWrite(batch.map((write) => ({ op: 'put', ...write })));
      return outcomes.filter(({ ok }) => ok).length;
    },
    async () => {
      await storage.close();
      await drop(address);
    },
  );
}

async function bareDriver(uri: string): Promise<Writer> {
  const address = databaseOf(uri, 'bare');
  const connection = await mongoose
    .createConnection(address, { writeConcern: { w: 'majority', journal: true }, maxPoolSize: 20 })
    .asPromise();
  for (const { name, indexes } of COLLECTIONS) {
    for (const fields of indexes) {
      await connection.collection(name).createIndex(Object.fromEntries([...fields, '_id'].map((field) => [field, 1])));
    }
  }
  return measured(
    async (batch) => {
      const byCollection = Map.groupBy(batch, ({ collection }) => collection);
      const results = await Promise.all(
        [...byCollection].map(([name, writes]) =>
          connection.collection<StoredNatively>(name).bulkWrite(writes.map(toModel), { ordered: false }),
        ),
      );
      return results.reduce((sum, { insertedCount, matchedCount }) => sum + insertedCount + matchedCount, 0);
    },
    async () => {
      await connection.close();
      await drop(address);
    },
  );
}

interface StoredNatively {
  readonly _id: string;
  readonly version: number;
}

function toModel({ id, doc, expectedVersion }: Write): mongo.AnyBulkWriteOperation<StoredNatively> {
  const replacement = { ...doc, version: expectedVersion + 1 };
  if (expectedVersion === 0) return { insertOne: { document: { _id: id, ...replacement } } };
  return { replaceOne: { filter: { _id: id, version: expectedVersion }, replacement } };
}

/** `write` resolves with the number of documents it wrote. */
function measured(write: (batch: readonly Write[]) => Promise<number>, close: () => Promise<void>): Writer {
  const total = { sent: 0, written: 0, ms: 0, cpuMicros: 0 };
  return {
    write: async (batch) => {
      const from = performance.now();
      const before = process.cpuUsage();
      total.written += await write(batch);
      const { user, system } = process.cpuUsage(before);
      total.ms += performance.now() - from;
      total.cpuMicros += user + system;
      total.sent += batch.length;
    },
    end: async () => {
      await close();
      const written = total.written === total.sent ? total.written : Number.NaN;
      return { rate: (written / total.ms) * 1000, cpuMicros: total.cpuMicros / written };
    },
  };
}

function databaseOf(uri: string, name: string): string {
  const address = new URL(uri);
  address.pathname = `/bench-${name}-${process.pid}`;
  return address.href;
}

async function drop(address: string): Promise<void> {
  const connection = await mongoose.createConnection(address).asPromise();
  await connection.dropDatabase();
  await connection.close();
}
