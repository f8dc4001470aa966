import type { WriteOutcome } from '@tillstream/document-store';
import { TransientError } from '@tillstream/kernel';
import { mongo } from 'mongoose';
import { outcomeUnknownError, storageError } from '../errors.js';
import { attribute, type Seen, type Sent } from './bulk-attribution.js';
import type { Content, StoredDocument } from './stored-document.js';
import type { Placed } from './waves.js';

interface Addressed {
  readonly collection: string;
  readonly id: string;
}

/** One operation, encoded. All but `upsert` and `delete` are compare-and-sets that can be answered in bulk. */
export type Prepared =
  | (Addressed & { readonly kind: 'put'; readonly expectedVersion: number; readonly content: Content })
  | (Addressed & {
      readonly kind: 'patch';
      readonly expectedVersion: number;
      readonly set: Readonly<Record<string, unknown>>;
    })
  | (Addressed & { readonly kind: 'upsert'; readonly content: Content })
  | (Addressed & { readonly kind: 'delete'; readonly expectedVersion: number | null });

type CompareAndSet = Extract<Prepared, { kind: 'put' | 'patch' }>;
type Native = mongo.Collection<StoredDocument>;

const DUPLICATE_KEY = 11000;
/** Two upserts of one absent document: the loser meets the winner's document when it tries again. */
const UPSERT_ATTEMPTS = 5;

/**
 * Writes operations on different documents of one collection and says what became of each. `writer` must be new for each
 * call. Throws what `storageError` makes of a failure, or `storage_outcome_unknown`; then the other operations may have
 * been stored.
 */
export async function writeWave(
  native: Native,
  operations: readonly Placed<Prepared>[],
  writer: string,
): Promise<readonly (readonly [index: number, outcome: WriteOutcome])[]> {
  const bulk: Placed<CompareAndSet>[] = [];
  const single: Promise<readonly [number, WriteOutcome]>[] = [];
  for (const { index, operation } of operations) {
    if (operation.kind === 'put' || operation.kind === 'patch') bulk.push({ index, operation });
    else single.push(writeOne(native, operation, writer).then((outcome) => [index, outcome] as const));
  }
  const sets = bulk.map(({ operation }) => operation);
  const [inBulk, alone] = await Promise.all([compareAndSet(native, sets, writer), Promise.all(single)]);
  return [...bulk.map(({ index }, position) => [index, must(inBulk[position])] as const), ...alone];
}

function writeOne(native: Native, operation: Exclude<Prepared, CompareAndSet>, writer: string): Promise<WriteOutcome> {
  return operation.kind === 'upsert'
    ? upsert(native, operation.id, operation.content, writer)
    : remove(native, operation.id, operation.expectedVersion);
}

async function compareAndSet(
  native: Native,
  operations: readonly CompareAndSet[],
  writer: string,
): Promise<readonly WriteOutcome[]> {
  if (operations.length === 0) return [];
  const { result, refused } = await sendBulk(native, operations, writer);
  const inserts = operations.filter(isInsert).length;
  const updates = operations.length - inserts;
  if (refused.size === 0 && result.matchedCount === updates) {
    return operations.map(({ expectedVersion }) => ({ ok: true, version: expectedVersion + 1 }));
  }
  const sent = operations.map((operation, index): Sent => {
    const { id, expectedVersion } = operation;
    if (isInsert(operation)) return { id, expectedVersion, answer: refused.has(index) ? 'refused' : 'stored' };
    return { id, expectedVersion, answer: result.matchedCount === updates ? 'stored' : 'not_told' };
  });
  const open = sent.filter(({ answer }) => answer !== 'stored').map(({ id }) => id);
  const outcomes = attribute(sent, { found: await look(native, open), writer, applied: result.matchedCount });
  if (outcomes === null) throw outcomeUnknownError(open);
  return outcomes;
}

const isInsert = (operation: CompareAndSet): boolean => operation.kind === 'put' && operation.expectedVersion === 0;

async function sendBulk(native: Native, operations: readonly CompareAndSet[], writer: string) {
  const models = operations.map((operation) => toModel(operation, writer));
  try {
    const result = await native.bulkWrite(models, { ordered: false });
    assertConfirmed(result.getWriteConcernError());
    return { result, refused: new Set<number>() };
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
    assertConfirmed(error.result.getWriteConcernError());
    const errors = [error.writeErrors].flat();
    const other = errors.find(({ code }) => code !== DUPLICATE_KEY);
    if (other || errors.length === 0) throw other ? storageError(other.err) : error;
    return { result: error.result, refused: new Set(errors.map(({ index }) => index)) };
  }
}

function toModel(operation: CompareAndSet, writer: string): mongo.AnyBulkWriteOperation<StoredDocument> {
  const { id, expectedVersion } = operation;
  const version = expectedVersion + 1;
  const filter = { _id: id, version: expectedVersion };
  if (operation.kind === 'patch')
    return { updateOne: { filter, update: { $set: { ...operation.set, version, writer } } } };
  const replacement = { version, ...operation.content, writer };
  return expectedVersion === 0
    ? { insertOne: { document: { _id: id, ...replacement } } }
    : { replaceOne: { filter, replacement } };
}

/** Stored, but perhaps not on a majority: it could still be rolled back, so nobody may rely on it (D1). */
function assertConfirmed(failure: mongo.WriteConcernError | undefined): void {
  if (!failure) return;
  const text = `MongoDB could not confirm a write on a majority: ${failure.errmsg ?? 'no reason given'}`;
  throw new TransientError('storage_unavailable', text, { detail: { mongoCode: failure.code ?? null } });
}

/** The newest state, confirmed or not: it shows our own write in any case. */
async function look(native: Native, ids: readonly string[]): Promise<ReadonlyMap<string, Seen>> {
  const options = { projection: { version: 1, writer: 1 }, readConcern: { level: 'local' } } as const;
  const found = await native.find<Seen>({ _id: { $in: [...ids] } }, options).toArray();
  return new Map(found.map((seen) => [seen._id, seen]));
}

async function upsert(native: Native, id: string, content: Content, writer: string): Promise<WriteOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const update = { $set: { ...content, writer }, $inc: { version: 1 } };
      const options = { upsert: true, returnDocument: 'after', projection: { version: 1 } } as const;
      const stored = await native.findOneAndUpdate({ _id: id }, update, options);
      return { ok: true, version: stored?.version ?? 1 };
    } catch (error) {
      const duplicate = (error as { code?: unknown }).code === DUPLICATE_KEY;
      if (!duplicate || attempt === UPSERT_ATTEMPTS) throw error;
    }
  }
}

async function remove(native: Native, id: string, expectedVersion: number | null): Promise<WriteOutcome> {
  const filter = expectedVersion === null ? { _id: id } : { _id: id, version: expectedVersion };
  const deleted = await native.findOneAndDelete(filter, { projection: { version: 1 } });
  if (deleted) return { ok: true, version: deleted.version };
  if (expectedVersion === null) return { ok: true, version: 0 };
  const actualVersion = (await look(native, [id])).get(id)?.version ?? 0;
  return { ok: false, reason: 'version_conflict', actualVersion };
}

function must<T>(value: T | undefined): T {
  if (value === undefined)
    throw new TransientError('storage_failed', 'MongoDB answered fewer operations than were sent');
  return value;
}
