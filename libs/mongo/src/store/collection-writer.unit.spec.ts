import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { type Prepared, writeWave } from './collection-writer.js';
import type { StoredDocument } from './stored-document.js';

const put = (id: string, expectedVersion: number): Prepared => ({
  kind: 'put',
  collection: 'c',
  id,
  expectedVersion,
  content: { doc: {}, fields: {} },
});
const wave = (...operations: Prepared[]) => operations.map((operation, index) => ({ index, operation }));

/** A collection whose server answers a bulk like this, and then holds these documents. */
function answering(bulk: () => object, stored: readonly Partial<StoredDocument>[] = []) {
  const native = { bulkWrite: async () => bulk(), find: () => ({ toArray: async () => stored }) };
  return native as unknown as mongo.Collection<StoredDocument>;
}

const result = (matchedCount: number, concern?: { code: number; errmsg: string }) => ({
  matchedCount,
  getWriteConcernError: () => concern,
});

describe('a bulk write', () => {
  it('that a majority did not confirm is not taken for stored, although the server applied it', async () => {
    const native = answering(() => result(1, { code: 64, errmsg: 'waiting for replication timed out' }));
    await expect(writeWave(native, wave(put('a', 1)), 'us')).rejects.toThrow(
      expect.objectContaining({ code: 'storage_unavailable', family: 'transient' }),
    );
  });

  it('that the driver sent twice, because the first answer was lost, counts as ours', async () => {
    const native = answering(() => result(0), [{ _id: 'a', version: 2, writers: ['them.0', 'us.0'] }]);
    expect(await writeWave(native, wave(put('a', 1)), 'us')).toEqual([[0, { ok: true, version: 2 }]]);
  });

  it('whose outcome nobody can tell is neither won nor lost', async () => {
    const native = answering(() => result(1), []);
    await expect(writeWave(native, wave(put('a', 1), put('b', 1)), 'us')).rejects.toThrow(
      expect.objectContaining({ code: 'storage_outcome_unknown', family: 'transient' }),
    );
  });

  it('that lost its connection fails with that, and not as an error of the bulk', async () => {
    const native = answering(() => {
      const lost = new mongo.MongoNetworkError('connection closed');
      throw new mongo.MongoBulkWriteError(lost, result(0) as unknown as mongo.BulkWriteResult);
    });
    await expect(writeWave(native, wave(put('a', 1)), 'us')).rejects.toThrow(mongo.MongoNetworkError);
  });

  it('that meets a failure besides conflicts fails with it', async () => {
    const native = answering(() => {
      const writeErrors = [
        { code: 11000, index: 0 },
        { code: 17419, index: 1, errmsg: 'Resulting document too large' },
      ];
      const told = { message: 'bulk', code: 11000, writeErrors } as unknown as { message: string; code: number };
      throw new mongo.MongoBulkWriteError(told, result(0) as unknown as mongo.BulkWriteResult);
    });
    await expect(writeWave(native, wave(put('a', 0), put('b', 1)), 'us')).rejects.toThrow(
      expect.objectContaining({ code: 'document_too_large' }),
    );
  });
});
