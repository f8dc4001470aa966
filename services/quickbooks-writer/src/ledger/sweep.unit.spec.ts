import { ownershipMarker } from '@tillstream/quickbooks';
import { describe, expect, it } from 'vitest';
import { markedAmong } from './sweep.js';

const mine = ownershipMarker('invoice', 'https://shop.example', 'woo:1');
const other = ownershipMarker('invoice', 'https://shop.example', 'woo:2');
const invoice = (Id: string, PrivateNote: string, change: object = {}) => ({
  Id,
  PrivateNote,
  TotalAmt: 10,
  ...change,
});

describe('markedAmong (D14)', () => {
  it('finds living documents by their exact marker, and only them', () => {
    const found = markedAmong([
      invoice('1', `Woo order 1\n${mine}`),
      invoice('2', `Woo order 2\n${other}`),
      invoice('3', `changed by a person\n${mine}`),
      invoice('4', 'no marker'),
      invoice('5', `Voided\n${mine}`, { TotalAmt: 0, Balance: 0, Line: [] }),
    ]);
    expect(found).toEqual([
      { id: '1', marker: mine },
      { id: '2', marker: other },
      { id: '3', marker: mine },
    ]);
  });
});
