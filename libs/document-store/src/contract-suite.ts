import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findContract } from './contract-suite-find.js';
import type { DocumentStoreFactory, DocumentStoreSubject } from './contract-subject.js';
import type { CollectionDefinition, WriteOperation } from './port.js';

export type { DocumentStoreFactory, DocumentStoreSubject } from './contract-subject.js';

const COLLECTIONS: readonly CollectionDefinition[] = [
  { name: 'things', indexes: [['tenantId', 'rank'], ['open']] },
  { name: 'others', indexes: [] },
];

const put = (id: string, doc: object, expectedVersion: number | null, collection = 'things'): WriteOperation => ({
  op: 'put',
  collection,
  id,
  doc,
  expectedVersion,
});
const patch = (id: string, set: Record<string, unknown>, expectedVersion: number): WriteOperation => ({
  op: 'patch',
  collection: 'things',
  id,
  set,
  expectedVersion,
});
const remove = (id: string, expectedVersion: number | null): WriteOperation => ({
  op: 'delete',
  collection: 'things',
  id,
  expectedVersion,
});
const conflict = (actualVersion: number) => ({ ok: false, reason: 'version_conflict', actualVersion });

/** Proves the guarantees of DocumentStore (port.ts) for one adapter. */
export function documentStoreContract(name: string, factory: DocumentStoreFactory): void {
  describe(`${name}: DocumentStore contract`, () => {
    let subject: DocumentStoreSubject;
    beforeEach(async () => {
      subject = await factory(COLLECTIONS);
    });
    afterEach(() => subject.dispose());
    const write = (...operations: WriteOperation[]) => subject.store.bulkWrite(operations);
    const read = (id: string, collection = 'things') => subject.store.get(collection, id);

    it('gives back what was put, with its version', async () => {
      const doc = { name: 'Zoë 🧾', nested: { list: [1, null, { deep: true }], text: '\'"\u0000' }, amount: 12.5 };
      expect(await write(put('a', doc, 0))).toEqual([{ ok: true, version: 1 }]);
      expect(await read('a')).toEqual({ id: 'a', version: 1, doc });
      expect(await read('b')).toBeNull();
      expect(await read('a', 'others')).toBeNull();
    });

    it('counts versions up by one with every kind of write', async () => {
      await write(put('a', { n: 1 }, 0));
      expect(await write(put('a', { n: 2 }, 1))).toEqual([{ ok: true, version: 2 }]);
      expect(await write(put('a', { n: 3 }, null))).toEqual([{ ok: true, version: 3 }]);
      expect(await write(patch('a', { n: 4 }, 3))).toEqual([{ ok: true, version: 4 }]);
      expect(await read('a')).toEqual({ id: 'a', version: 4, doc: { n: 4 } });
    });

    it('refuses a put whose expected version is not the stored one, and names that', async () => {
      expect(await write(put('a', { n: 1 }, 3))).toEqual([conflict(0)]);
      await write(put('a', { n: 1 }, 0), put('a', { n: 2 }, 1));
      expect(await write(put('a', { n: 9 }, 0), put('a', { n: 9 }, 1), put('a', { n: 9 }, 3))).toEqual([
        conflict(2),
        conflict(2),
        conflict(2),
      ]);
      expect(await read('a')).toMatchObject({ version: 2, doc: { n: 2 } });
    });

    it('patches top-level fields and leaves the others', async () => {
      await write(put('a', { keep: { x: 1 }, change: [1, 2], gone: 'text' }, 0));
      expect(await write(patch('a', { change: [], gone: null, added: { y: 2 } }, 1))).toEqual([
        { ok: true, version: 2 },
      ]);
      expect((await read('a'))?.doc).toEqual({ keep: { x: 1 }, change: [], gone: null, added: { y: 2 } });
      expect(await write(patch('a', { change: 1 }, 1), patch('none', { change: 1 }, 1))).toEqual([
        conflict(2),
        conflict(0),
      ]);
    });

    it('finds a patched document by its new field values', async () => {
      await write(put('a', { tenantId: 't', rank: 1 }, 0), patch('a', { rank: 7 }, 1));
      expect(await subject.store.count('things', { tenantId: 't', rank: 7 })).toBe(1);
      expect(await subject.store.count('things', { tenantId: 't', rank: 1 })).toBe(0);
    });

    it('deletes by expected version or whatever is there; a document put again starts at version 1', async () => {
      await write(put('a', { n: 1 }, 0), put('a', { n: 2 }, 1));
      expect(await write(remove('a', 1))).toEqual([conflict(2)]);
      expect((await write(remove('a', 2)))[0]?.ok).toBe(true);
      expect(await read('a')).toBeNull();
      expect((await write(remove('a', null)))[0]?.ok).toBe(true);
      expect(await write(remove('a', 2), put('a', { n: 3 }, 0))).toEqual([conflict(0), { ok: true, version: 1 }]);
    });

    it('lets each operation stand alone, over collections, in their order', async () => {
      await write(put('a', { n: 1 }, 0));
      const outcomes = await write(
        put('b', { n: 1 }, 0),
        put('a', { n: 2 }, 0),
        put('b', { n: 2 }, 0, 'others'),
        put('b', { n: 3 }, 1),
      );
      expect(outcomes).toEqual([
        { ok: true, version: 1 },
        conflict(1),
        { ok: true, version: 1 },
        { ok: true, version: 2 },
      ]);
      expect((await read('b'))?.doc).toEqual({ n: 3 });
      expect((await read('b', 'others'))?.doc).toEqual({ n: 2 });
      expect(await write()).toEqual([]);
    });

    it.each([
      ['an absent document', 0],
      ['a stored document', 1],
    ])('lets exactly one of many writers win that expect the same version of %s', async (_, version) => {
      if (version === 1) await write(put('a', { by: 'before' }, 0));
      const races = Array.from({ length: 20 }, (__, by) => write(put('a', { by }, version)));
      const outcomes = (await Promise.all(races)).flat();
      const winners = outcomes.flatMap((outcome, by) => (outcome.ok ? [by] : []));
      expect(winners.length).toBe(1);
      expect(await read('a')).toEqual({ id: 'a', version: version + 1, doc: { by: winners[0] } });
      expect(outcomes.filter((outcome) => !outcome.ok)).toEqual(
        Array.from({ length: 19 }, () => conflict(version + 1)),
      );
    });

    it('loses no update of writers that reload after a conflict', async () => {
      await write(put('a', { n: 0 }, 0));
      const increment = async () => {
        for (;;) {
          const current = await subject.store.get<{ n: number }>('things', 'a');
          const [outcome] = await write(put('a', { n: (current?.doc.n ?? 0) + 1 }, current?.version ?? 0));
          if (outcome?.ok) return;
        }
      };
      await Promise.all(Array.from({ length: 20 }, increment));
      expect(await read('a')).toMatchObject({ version: 21, doc: { n: 20 } });
    });

    it('gets many documents at once, those that exist', async () => {
      await write(...['a', 'b', 'c'].map((id) => put(id, { id }, 0)));
      const found = await subject.store.getMany<{ id: string }>('things', ['c', 'x', 'a', 'a']);
      expect([...found.keys()].sort()).toEqual(['a', 'c']);
      expect(found.get('c')).toEqual({ id: 'c', version: 1, doc: { id: 'c' } });
      expect((await subject.store.getMany('things', [])).size).toBe(0);
    });

    it('keeps what it was given apart from what its callers hold', async () => {
      const doc = { list: [1] };
      const writing = write(put('a', doc, 0));
      doc.list.push(2);
      await writing;
      const first = await subject.store.get<{ list: number[] }>('things', 'a');
      first?.doc.list.push(3);
      expect((await read('a'))?.doc).toEqual({ list: [1] });
    });

    it('keeps documents of several megabytes and ids of any text', async () => {
      const text = 'é'.repeat(1_500_000);
      await write(put("we:ird/ID '%_🧾", { text }, 0));
      expect((await subject.store.get<{ text: string }>('things', "we:ird/ID '%_🧾"))?.doc.text === text).toBe(true);
    });

    it('still has every resolved write after a reopen', async () => {
      await write(put('a', { n: 1 }, 0), put('a', { n: 2 }, 1), put('b', {}, 0), remove('b', 1));
      await subject.reopen();
      expect(await read('a')).toEqual({ id: 'a', version: 2, doc: { n: 2 } });
      expect(await read('b')).toBeNull();
    });

    it('refuses collections that were never declared, writing nothing of that call', async () => {
      const unknown = expect.objectContaining({ code: 'collection_unknown' });
      await expect(write(put('a', {}, 0), put('a', {}, 0, 'nowhere'))).rejects.toThrow(unknown);
      await expect(subject.store.get('nowhere', 'a')).rejects.toThrow(unknown);
      expect(await read('a')).toBeNull();
    });
  });
  findContract(name, factory);
}
