import * as fc from 'fast-check';
import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { contentOf, documentOf } from './stored-document.js';
import { fromFieldName, toFieldName } from './field-names.js';

/** Everything a JavaScript text can be, with what MongoDB, its driver and JavaScript give a meaning to. */
const names = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '.', '$', '$set', 'a|b.c', 'a..b', '%', '%2E', '%u0041', '__proto__', '_bsontype', '_id', '\0'),
  fc.constantFrom('constructor', 'toString', 'hasOwnProperty', 'toBSON', 'toJSON', '7', '\ud83d', 'é.\udc00$'),
);
/** Through the bytes that go to the server and back. */
const overTheWire = (value: mongo.Document): mongo.Document => mongo.BSON.deserialize(mongo.BSON.serialize(value));

describe('a field name', () => {
  it('comes back as it was, whatever it holds', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(fromFieldName(toFieldName(name))).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  it('is stored without dots, dollars and NUL, never empty, and never under one that another name has', () => {
    fc.assert(
      fc.property(fc.uniqueArray(names), (list) => {
        const stored = list.map(toFieldName);
        expect(new Set(stored).size).toBe(list.length);
        for (const name of stored) expect(name).toMatch(/^[^.$\0_][^.$\0]*$/s);
        for (const name of stored) expect(name.isWellFormed()).toBe(true);
      }),
    );
  });

  it.each(['status', 'createdAt', 'a b', 'ß🧾', 'inner_score'])('stays readable: %s', (name) => {
    expect(toFieldName(name)).toBe(name);
  });
});

describe('a document', () => {
  it('comes back from BSON as JSON would give it back, names and values', () => {
    const values = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(names, fc.oneof(values, fc.dictionary(names, values)))), (members) => {
        const text = `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
        const doc = JSON.parse(text) as object;
        const { doc: stored } = overTheWire({ doc: contentOf(doc, []).doc });
        expect(JSON.stringify(documentOf(stored as Record<string, string>))).toBe(JSON.stringify(doc));
      }),
      { numRuns: 500 },
    );
  });
});
