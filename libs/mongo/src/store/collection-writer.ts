import type { WriteOutcome } from '@tillstream/document-store';
import { TransientError } from '@tillstream/kernel';
import { mongo } from 'mongoose';
import { outcomeUnknownError, storageError } from '../errors.js';
import { attribute, type Seen, type Sent } from './bulk-attribution.js';
import { type Content, REMEMBERED_WRITERS, type StoredDocument } from './stored-document.js';
import type { Placed } from './waves.js';

interface Addressed {
  readonly collection: string;
  readonly id: string;
}

/** One operation, encoded. An `expectedVersion` of null means: whatever is there. */
export type Prepared =
  | (Addressed & { readonly kind: 'put'; readonly expectedVersion: number | null; readonly content: Content })
  | (Addressed & {
      readonly kind: 'patch';
      readonly expectedVersion: number;
      readonly set: Readonly<Record<string, unknown>>;
    })
  | (Addressed & { readonly kind: 'delete'; readonly expectedVersion: number | null });

type Put = Extract<Prepared, { kind: 'put' }>;
type Delete = Extract<Prepared, { kind: 'delete' }>;
type CompareAndSet = Exclude<Prepared, Delete> & { readonly expectedVersion: number };
type Outcomes = readonly (readonly [index: number, outcome: WriteOutcome])[];
type Native = mongo.Collection<StoredDocument>;

const DUPLICATE_KEY = 11000;
/** Each attempt that loses means that another writer won; a document written that often has two owners (I4). */
const BLIND_ATTEMPTS = 100;

/**
 * Writes operations on different documents of one collection and says what became of each. `writer` must be new for each
 * call. Throws errors of the driver, `storage_outcome_unknown` or `storage_contended`; then the other operations may
 * have been stored.
 */
export async function writeWave(
  native: Native,
  operations: readonly Placed<Prepared>[],
  writer: string,
): Promise<Outcomes> {
  const expecting: Placed<CompareAndSet>[] = [];
  const blind: Placed<Put>[] = [];
  const deletes: Placed<Delete>[] = [];
  for (const { index, operation } of operations) {
    if (operation.kind === 'delete') deletes.push({ index, operation });
    else if (isExpecting(operation)) expecting.push({ index, operation });
    else blind.push({ index, operation });
  }
  const written = await Promise.all([
    placed(
      expecting,
      compareAndSet(
        native,
        expecting.map(({ operation }) => operation),
        `${writer}.0`,
      ),
    ),
    putWhateverIsThere(native, blind, writer),
    ...deletes.map((one) => placed([one], remove(native, one.operation))),
  ]);
  return written.flat();
}

function isExpecting(operation: Exclude<Prepared, Delete>): operation is CompareAndSet {
  return operation.expectedVersion !== null;
}

async function placed(
  operations: readonly Placed<unknown>[],
  outcomes: Promise<readonly WriteOutcome[]>,
): Promise<Outcomes> {
  const told = await outcomes;
  return operations.map(({ index }, position) => [index, told[position] ?? must()] as const);
}

/** By compare-and-set with the version found, the losers again: that answers with versions, and needs no other atomicity. */
async function putWhateverIsThere(
  native: Native,
  operations: readonly Placed<Put>[],
  writer: string,
): Promise<Outcomes> {
  const written: (readonly [number, WriteOutcome])[] = [];
  let open = operations;
  for (let attempt = 1; open.length > 0; attempt += 1) {
    if (attempt > BLIND_ATTEMPTS) {
      throw new TransientError('storage_contended', `others keep writing ${open[0]?.operation.id}`);
    }
    const found = await look(
      native,
      open.map(({ operation }) => operation.id),
    );
    const sets = open.map(({ operation }) => ({
      ...operation,
      expectedVersion: found.get(operation.id)?.version ?? 0,
    }));
    const outcomes = await compareAndSet(native, sets, `${writer}.${attempt}`);
    open.forEach(({ index }, position) => {
      const outcome = outcomes[position];
      if (outcome?.ok) written.push([index, outcome]);
    });
    open = open.filter((_, position) => !outcomes[position]?.ok);
  }
  return written;
}

async function compareAndSet(
  native: Native,
  operations: readonly CompareAndSet[],
  writer: string,
): Promise<readonly WriteOutcome[]> {
  if (operations.length === 0) return [];
  const { result, refused } = await sendBulk(native, operations, writer);
  const updates = operations.filter((operation) => !isInsert(operation)).length;
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
    if (other)
      throw storageError(Object.assign(new Error(other.errmsg ?? 'a write was refused'), { code: other.code }));
    if (errors.length === 0) throw underneath(error);
    return { result: error.result, refused: new Set(errors.map(({ index }) => index)) };
  }
}

/** The driver wraps also a lost connection as an error of the bulk. */
function underneath(error: mongo.MongoBulkWriteError): Error {
  const response: unknown = error.errorResponse;
  return response instanceof Error ? response : error;
}

function toModel(operation: CompareAndSet, writer: string): mongo.AnyBulkWriteOperation<StoredDocument> {
  const { id, expectedVersion } = operation;
  const version = expectedVersion + 1;
  if (operation.kind === 'put' && expectedVersion === 0) {
    return { insertOne: { document: { _id: id, version, ...operation.content, writers: [writer] } } };
  }
  const changes = operation.kind === 'put' ? operation.content : operation.set;
  const update = { $set: { version, ...changes }, ...remembered(writer) };
  return { updateOne: { filter: { _id: id, version: expectedVersion }, update } };
}

function remembered(writer: string): { readonly $push: mongo.PushOperator<StoredDocument> } {
  return { $push: { writers: { $each: [writer], $slice: -REMEMBERED_WRITERS } } };
}

/** Stored, but perhaps not on a majority: it could still be rolled back, so nobody may rely on it (D1). */
function assertConfirmed(failure: mongo.WriteConcernError | undefined): void {
  if (!failure) return;
  const text = `MongoDB could not confirm a write on a majority: ${failure.errmsg ?? 'no reason given'}`;
  throw new TransientError('storage_unavailable', text, { detail: { mongoCode: failure.code ?? null } });
}

/** The newest state, confirmed or not: it shows our own write in any case. */
async function look(native: Native, ids: readonly string[]): Promise<ReadonlyMap<string, Seen>> {
  const options = { projection: { version: 1, writers: 1 }, readConcern: { level: 'local' } } as const;
  const found = await native.find<Seen>({ _id: { $in: [...ids] } }, options).toArray();
  return new Map(found.map((seen) => [seen._id, seen]));
}

async function remove(native: Native, { id, expectedVersion }: Delete): Promise<readonly WriteOutcome[]> {
  const filter = expectedVersion === null ? { _id: id } : { _id: id, version: expectedVersion };
  const deleted = await native.findOneAndDelete(filter, { projection: { version: 1 } });
  if (deleted) return [{ ok: true, version: deleted.version }];
  if (expectedVersion === null) return [{ ok: true, version: 0 }];
  const actualVersion = (await look(native, [id])).get(id)?.version ?? 0;
  return [{ ok: false, reason: 'version_conflict', actualVersion }];
}

function must(): never {
  throw new TransientError('storage_failed', 'MongoDB answered fewer operations than were sent');
}
