import { describe, expect, it } from 'vitest';
import { planChange } from './name-change.js';
import type { JsonObject } from './model.js';

const standing = {
  DisplayName: 'Ann Lee',
  PrimaryPhone: { FreeFormNumber: '1' },
  BillAddr: { City: 'Bonn', Line1: 'A 1' },
};
const change = (
  wanted: JsonObject,
  remote: JsonObject = standing,
  names: readonly string[] = ['Ann Lee', 'Ann Lee (a@b.c)'],
) =>
  planChange({
    entity: 'Customer',
    subject: 'Customer woo:17',
    names,
    isFree: (name) => name !== 'Taken',
    wanted,
    standing,
    remote: { ...remote, Id: '58', SyncToken: '3' },
  });

describe('a change of what we wrote (B5)', () => {
  it('is none when QuickBooks says what the record says', () => {
    expect(change({ PrimaryPhone: { FreeFormNumber: '1' }, BillAddr: { City: 'Bonn', Line1: 'A 1' } })).toEqual({
      kind: 'none',
    });
  });

  it('writes all fields of ours, empties what the record does not say any more, and keeps parts that are not ours', () => {
    const remote = { ...standing, BillAddr: { ...standing.BillAddr, Id: '9', Line5: 'Gate B' }, Notes: 'vip' };
    expect(change({ BillAddr: { City: 'Köln', Line1: 'A 1' } }, remote)).toEqual({
      kind: 'update',
      name: 'Ann Lee',
      fields: {
        DisplayName: 'Ann Lee',
        PrimaryPhone: { FreeFormNumber: '' },
        BillAddr: { City: 'Köln', Line1: 'A 1', Line5: 'Gate B' },
      },
    });
  });

  it('is held when somebody changed a field of ours, unless to what the record says', () => {
    const remote = { ...standing, PrimaryPhone: { FreeFormNumber: '2' } };
    expect(change({ PrimaryPhone: { FreeFormNumber: '3' }, BillAddr: standing.BillAddr }, remote)).toMatchObject({
      code: 'edited_in_quickbooks',
      message: 'Customer woo:17: Customer 58 was changed in QuickBooks (PrimaryPhone.FreeFormNumber).',
    });
    expect(change({ PrimaryPhone: { FreeFormNumber: '2' }, BillAddr: standing.BillAddr }, remote)).toEqual({
      kind: 'none',
    });
  });

  it('leaves a value that a person gave to a field we never wrote', () => {
    const remote = { ...standing, CompanyName: 'Lee & Co' };
    const same = { PrimaryPhone: standing.PrimaryPhone, BillAddr: standing.BillAddr };
    expect(change({ ...same, CompanyName: 'Lee Ltd' }, remote)).toEqual({ kind: 'none' });
  });

  it('keeps the name it has when that is one of the record’s, else takes the first free one', () => {
    const second = { ...standing, DisplayName: 'Ann Lee (a@b.c)' };
    const same = { PrimaryPhone: standing.PrimaryPhone, BillAddr: standing.BillAddr };
    const plan = planChange({
      entity: 'Customer',
      subject: 's',
      names: ['Ann Lee', 'Ann Lee (a@b.c)'],
      isFree: () => true,
      wanted: same,
      standing: second,
      remote: { ...second, Id: '58' },
    });
    expect(plan).toEqual({ kind: 'none' });
    expect(change(same, standing, ['Taken', 'Ann Kay'])).toMatchObject({ kind: 'update', name: 'Ann Kay' });
    expect(change(same, standing, ['Taken'])).toMatchObject({ code: 'customer_name_taken' });
  });
});
