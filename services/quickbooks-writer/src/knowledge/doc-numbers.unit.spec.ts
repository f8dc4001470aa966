import { ManualClock } from '@tillstream/kernel';
import type { RemoteResult, WireEntity } from '@tillstream/quickbooks';
import { describe, expect, it } from 'vitest';
import { type CompanyReader, trailOf } from '../company/company-port.js';
import { DocNumberLookup } from './doc-numbers.js';

const REFUSED: RemoteResult<never> = {
  kind: 'rejected',
  code: 'mapping_invalid',
  message: 'Property Value in error: e-mail',
  remote: { httpStatus: 400, faultCode: '4002' },
};

/** A company in which asking for one of `unreadable` fails, alone or among others. */
function company(unreadable: ReadonlySet<string>, held: readonly string[] = []) {
  let asked: readonly string[] = [];
  const queries: (readonly string[])[] = [];
  const api = {
    queryAll: (_caller: unknown, query: { where: readonly { value: readonly string[] }[] }) => {
      asked = query.where[0]?.value ?? [];
      queries.push(asked);
      if (asked.some((number) => unreadable.has(number))) return Promise.resolve(REFUSED);
      const entity = held.filter((number) => asked.includes(number)).map((DocNumber) => ({ Id: DocNumber, DocNumber }));
      return Promise.resolve({ kind: 'ok', entity, traceId: null } satisfies RemoteResult<readonly WireEntity[]>);
    },
  };
  const reader: CompanyReader = {
    read: (_trail, call) => call(api as never, { realmId: '1', accessToken: 't' }),
    pausedUntil: () => 0,
  };
  return { reader, queries };
}

const numbers = Array.from({ length: 50 }, (_, index) => String(1_000 + index));
const lookupIn = (reader: CompanyReader) => new DocNumberLookup(reader, new ManualClock(), 60_000, () => numbers);

describe('looking up numbers while QuickBooks cannot show one of the invoices (C6)', () => {
  it('fails for that number alone, with the word that a read was refused', async () => {
    const { reader, queries } = company(new Set(['1017']), ['1003']);
    const lookup = lookupIn(reader);
    const ends = await Promise.allSettled(numbers.map((number) => lookup.holders(trailOf('live'), number)));
    const failed = ends.flatMap((end, index) => (end.status === 'rejected' ? [[numbers[index], end.reason]] : []));
    expect(failed).toEqual([['1017', expect.objectContaining({ code: 'quickbooks_read_refused' })]]);
    expect(ends[3]).toMatchObject({ value: [{ Id: '1003' }] });
    expect(queries.length).toBeLessThan(15);
  });

  it('asks again for it alone, and knows it once it can be shown', async () => {
    const unreadable = new Set(['1017']);
    const { reader, queries } = company(unreadable);
    const lookup = lookupIn(reader);
    await expect(lookup.holders(trailOf('live'), '1017')).rejects.toMatchObject({ code: 'quickbooks_read_refused' });
    unreadable.clear();
    queries.length = 0;
    expect(await lookup.holders(trailOf('live'), '1017')).toEqual([]);
    expect(queries).toEqual([['1017']]);
  });
});
