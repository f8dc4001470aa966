import { describe, expect, it } from 'vitest';
import { contentOf, documentOf, patchOf } from './stored-document.js';

describe('what is stored of a document', () => {
  it('is one JSON text per top-level field, and the declared fields as plain values', () => {
    const doc = {
      tenantId: 't',
      state: { list: [1, { 'a|b.c': null }] },
      open: true,
      late: undefined,
      at: new Date(0),
    };
    expect(contentOf(doc, ['at', 'open', 'rank', 'state', 'tenantId'])).toEqual({
      doc: {
        tenantId: '"t"',
        state: '{"list":[1,{"a|b.c":null}]}',
        open: 'true',
        at: '"1970-01-01T00:00:00.000Z"',
      },
      fields: { at: null, open: 1, rank: null, state: null, tenantId: 't' },
    });
  });

  it('is set field by field by a patch, with the declared ones among them', () => {
    expect(patchOf({ 'a.b': [], open: false, gone: null }, ['open', 'rank'])).toEqual({
      'doc.a%2Eb': '[]',
      'doc.open': 'false',
      'doc.gone': 'null',
      'fields.open': 0,
    });
  });

  it('may be nested deeper than BSON could', () => {
    const deep = JSON.parse(`{"a":${'['.repeat(500)}${']'.repeat(500)}}`) as object;
    expect(documentOf(contentOf(deep, []).doc)).toEqual(deep);
  });

  it('is refused above 16 MB, counted in bytes', () => {
    const tooLarge = expect.objectContaining({ code: 'document_too_large', family: 'permanent' });
    expect(() => contentOf({ text: 'x'.repeat(17_000_000) }, [])).toThrow(tooLarge);
    expect(() => contentOf({ text: 'é'.repeat(9_000_000) }, [])).toThrow(tooLarge);
    expect(() => patchOf({ text: '€'.repeat(6_000_000) }, [])).toThrow(tooLarge);
    expect(() => contentOf({ text: 'x'.repeat(16_700_000) }, [])).not.toThrow();
  });
});
