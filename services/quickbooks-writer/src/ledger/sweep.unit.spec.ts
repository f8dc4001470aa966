import { ownershipMarker } from '@tillstream/quickbooks';
import { describe, expect, it } from 'vitest';
import { duplicatesIn } from './sweep.js';

const mine = ownershipMarker('invoice', 'https://shop.example', 'woo:1');
const other = ownershipMarker('invoice', 'https://shop.example', 'woo:2');
const invoice = (Id: string, PrivateNote: string, change: object = {}) => ({
  Id,
  PrivateNote,
  TotalAmt: 10,
  ...change,
});

describe('duplicatesIn (D14)', () => {
  it('groups living documents by their exact marker', () => {
    const found = duplicatesIn([
      invoice('1', `Woo order 1\n${mine}`),
      invoice('2', `Woo order 2\n${other}`),
      invoice('3', `changed by a person\n${mine}`),
      invoice('4', 'no marker'),
      invoice('5', 'no marker'),
    ]);
    expect(found).toEqual([['1', '3']]);
  });

  it('does not count voided documents', () => {
    const voided = invoice('2', `Voided\n${mine}`, { TotalAmt: 0, Balance: 0, Line: [] });
    expect(duplicatesIn([invoice('1', `Woo order 1\n${mine}`), voided])).toEqual([]);
  });
});
