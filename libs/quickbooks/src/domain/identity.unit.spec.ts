import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { docNumber, isOurs, markerOf, ownershipMarker, requestId } from './identity.js';
import type { RequestIdParts } from './model.js';

describe('DocNumber', () => {
  it('is prefix and number as they are, up to 21 characters', () => {
    expect(docNumber('', '1042')).toBe('1042');
    expect(docNumber('W-', '1042')).toBe('W-1042');
    expect(docNumber('', 'x'.repeat(21))).toBe('x'.repeat(21));
  });

  it('is shortened with a stable suffix beyond that', () => {
    expect(docNumber('', 'WEB-2026-00000000000017')).toBe(docNumber('', 'WEB-2026-00000000000017'));
    expect(docNumber('', 'WEB-2026-00000000000017')).toMatch(/^WEB-2026-0-[a-z2-7]{10}$/u);
  });

  it('is always valid, and two numbers stay two', () => {
    const numbers = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), {
      minLength: 2,
      maxLength: 40,
    });
    fc.assert(
      fc.property(numbers, fc.string({ maxLength: 10 }), (all, prefix) => {
        const shortened = all.map((number) => docNumber(prefix, number));
        for (const each of shortened) expect(each).toMatch(/^[\u0020-\u007e\u00a0-\u00ff]{1,21}$/u);
        expect(new Set(shortened).size).toBe(all.length);
      }),
    );
  });
});

describe('the ownership marker (B7)', () => {
  const marker = ownershipMarker('invoice', 'https://shop.example', 'woo:1042');

  it('is the last line of the note', () => {
    expect(marker).toMatch(/^\[ts1 invoice [a-z2-7]{16}\]$/u);
    expect(markerOf(`Woo order 1042\n${marker}`)).toBe(marker);
    expect(markerOf(`Voided - Woo order 1042\r\n${marker}\n`)).toBe(marker);
  });

  it('proves a document ours only when it is exactly the one expected', () => {
    const note = (PrivateNote: unknown) => isOurs({ Id: '1', PrivateNote }, marker);
    expect(note(`Woo order 1042\n${marker}`)).toBe(true);
    expect(note('Woo order 1042')).toBe(false);
    expect(note(undefined)).toBe(false);
    expect(note(`${marker}\nchanged by hand`)).toBe(false);
    expect(note(`Woo order 1042\n${ownershipMarker('invoice', 'https://shop.example', 'woo:1043')}`)).toBe(false);
    expect(note(`Woo order 1042\n${ownershipMarker('invoice', 'https://other.example', 'woo:1042')}`)).toBe(false);
    expect(note(`Woo order 1042\n${ownershipMarker('payment', 'https://shop.example', 'woo:1042')}`)).toBe(false);
  });
});

describe('requestid (D11)', () => {
  const parts: RequestIdParts = {
    realmId: '310687',
    sourceIdentity: 'https://shop.example',
    kind: 'invoice',
    sourceId: 'woo:1042',
    revision: 1,
  };

  it('is 32 characters, the same for every attempt', () => {
    expect(requestId(parts)).toMatch(/^[a-z2-7]{32}$/u);
    expect(requestId({ ...parts })).toBe(requestId(parts));
  });

  it('differs as soon as any part does', () => {
    const others: RequestIdParts[] = [
      { ...parts, realmId: '310688' },
      { ...parts, sourceIdentity: 'https://other.example' },
      { ...parts, kind: 'payment' },
      { ...parts, sourceId: 'woo:1043' },
      { ...parts, revision: 2 },
    ];
    expect(new Set([parts, ...others].map(requestId)).size).toBe(6);
  });
});
