import { TransientError } from '@tillstream/kernel';
import { describe, expect, it } from 'vitest';
import { createQuickBooksApi, createQuickBooksReads } from './api.js';
import { readProfile } from './profile.js';
import { buildQuery } from './query.js';
import type { HttpRequestLike, HttpResponseLike } from './types.js';

const caller = { realmId: '310687', accessToken: 'at-1' };
type Reply = (request: HttpRequestLike, url: URL) => unknown;

/** A remote that answers by a function and records what it was asked. */
function api(reply: Reply, baseUrl = 'https://qbo.example/') {
  const asked: HttpRequestLike[] = [];
  const send = async (request: HttpRequestLike): Promise<HttpResponseLike> => {
    asked.push(request);
    const body = reply(request, new URL(request.url));
    return { status: 200, headers: {}, body: JSON.stringify(body) };
  };
  return { asked, api: createQuickBooksApi({ send, baseUrl, deadlineMs: 120_000 }) };
}
const urlOf = (asked: readonly HttpRequestLike[], index = 0) => new URL(asked[index]?.url ?? '');

describe('the API that only reads', () => {
  it('has no method that changes anything, neither for the compiler nor at run time', () => {
    const reads = createQuickBooksReads({ send: () => Promise.reject(new TypeError()), baseUrl: '', deadlineMs: 1 });
    for (const method of ['create', 'update', 'void', 'delete']) expect(method in reads).toBe(false);
    // @ts-expect-error it is not there
    expect(reads.create).toBeUndefined();
  });
});

describe('queries', () => {
  it('escape quotes and backslashes, so that no value can end its literal', () => {
    const where = [{ field: 'DisplayName', operator: '=' as const, value: "O'Brien \\ Co" }];
    expect(buildQuery({ entity: 'Customer', where })).toBe(
      "SELECT * FROM Customer WHERE DisplayName = 'O\\'Brien \\\\ Co'",
    );
  });

  it('have lists, booleans, order and page', () => {
    const where = [
      { field: 'DocNumber', operator: 'IN' as const, value: ['1', "2'"] },
      { field: 'Active', operator: 'IN' as const, value: [true, false] },
    ];
    expect(buildQuery({ entity: 'Invoice', where, orderBy: 'Id', startPosition: 1001, maxResults: 1000 })).toBe(
      "SELECT * FROM Invoice WHERE DocNumber IN ('1','2\\'') AND Active IN (true,false) ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000",
    );
  });
});

describe('writes', () => {
  it('send the very bytes with requestid and minorversion, and the token in the header only', async () => {
    const { api: remote, asked } = api(() => ({ Invoice: { Id: '145' } }));
    const onSent = () => {};
    const result = await remote.create(caller, 'Invoice', '{"a":1}', 'rid-1', { onSent, deadlineMs: 5 });
    expect(result).toMatchObject({ kind: 'ok', entity: { Id: '145' } });
    expect(asked).toEqual([
      {
        method: 'POST',
        url: 'https://qbo.example/v3/company/310687/invoice?requestid=rid-1&minorversion=75',
        headers: { authorization: 'Bearer at-1', accept: 'application/json', 'content-type': 'application/json' },
        body: '{"a":1}',
        deadlineMs: 5,
        maxBodyBytes: expect.any(Number),
        onSent,
      },
    ]);
  });

  it('void an invoice and a payment in the form each needs, and delete with id and token', async () => {
    const { api: remote, asked } = api((_request, url) => ({
      [url.pathname.endsWith('payment') ? 'Payment' : 'Invoice']: { Id: '145' },
    }));
    const target = { id: '145', syncToken: '2' };
    await remote.void(caller, 'Invoice', target, 'r1');
    await remote.void(caller, 'Payment', target, 'r2');
    await remote.delete(caller, 'Invoice', target, 'r3');
    await remote.update(caller, 'Invoice', '{"Id":"145"}', 'r4');
    const seen = asked.map((request, index) => [urlOf(asked, index).search, request.body]);
    expect(seen).toEqual([
      ['?operation=void&requestid=r1&minorversion=75', '{"Id":"145","SyncToken":"2"}'],
      ['?operation=update&include=void&requestid=r2&minorversion=75', '{"Id":"145","SyncToken":"2","sparse":true}'],
      ['?operation=delete&requestid=r3&minorversion=75', '{"Id":"145","SyncToken":"2"}'],
      ['?requestid=r4&minorversion=75', '{"Id":"145"}'],
    ]);
  });

  it('whose reply is lost are unknown, not failed', async () => {
    const send = () => Promise.reject(new TransientError('http_outcome_unknown', 'reset'));
    const remote = createQuickBooksApi({ send, baseUrl: 'https://qbo.example', deadlineMs: 1 });
    expect(await remote.create(caller, 'Invoice', '{}', 'r1')).toMatchObject({ kind: 'unknown_outcome' });
    expect(await remote.readById(caller, 'Invoice', '1')).toMatchObject({ kind: 'retry_later' });
  });
});

describe('reads', () => {
  const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ Id: String(index + 1) }));
  /** Pages `all` as QuickBooks does; refuses pages above `most` rows with 10100. */
  const paged =
    (all: readonly { Id: string }[], most = 1000): Reply =>
    (_request, url) => {
      const text = url.searchParams.get('query') ?? '';
      const start = Number(/STARTPOSITION (\d+)/u.exec(text)?.[1] ?? 1);
      const size = Number(/MAXRESULTS (\d+)/u.exec(text)?.[1] ?? 100);
      if (size > most) return { Fault: { Error: [{ Message: 'Too big', code: '10100' }], type: 'SystemFault' } };
      const page = all.slice(start - 1, start - 1 + size);
      return {
        QueryResponse: page.length > 0 ? { Customer: page, startPosition: start, maxResults: page.length } : {},
      };
    };

  it('read one by id under its own path', async () => {
    const { api: remote, asked } = api(() => ({ TaxCode: { Id: '5' } }));
    expect(await remote.readById(caller, 'TaxCode', '5')).toMatchObject({ kind: 'ok' });
    expect(asked[0]).toMatchObject({
      method: 'GET',
      url: 'https://qbo.example/v3/company/310687/taxcode/5?minorversion=75',
    });
  });

  it.each([0, 1, 999, 1000, 1001, 2500])('follow the pages to the end: %i rows', async (count) => {
    const { api: remote } = api(paged(rows(count)));
    const result = await remote.queryAll(caller, { entity: 'Customer' });
    expect(result.kind === 'ok' ? result.entity.map(({ Id }) => Id) : result).toEqual(rows(count).map(({ Id }) => Id));
  });

  it('read again when rows went away between two pages, so that none is passed over', async () => {
    const all = rows(2500);
    let asked = 0;
    const { api: remote } = api((request, url) => {
      asked += 1;
      if (asked === 2) all.splice(10, 3);
      return paged(all)(request, url);
    });
    const result = await remote.queryAll(caller, { entity: 'Customer' });
    expect(result.kind === 'ok' ? result.entity.map(({ Id }) => Id) : result).toEqual(all.map(({ Id }) => Id));
  });

  it('say so when a list never holds still, and never give half of it', async () => {
    const all = rows(3000);
    const { api: remote } = api((request, url) => {
      all.shift();
      return paged(all)(request, url);
    });
    expect(await remote.queryAll(caller, { entity: 'Customer' })).toMatchObject({ kind: 'retry_later' });
  });

  it('ask for smaller pages when an answer would be too big', async () => {
    const { api: remote } = api(paged(rows(600), 300));
    const result = await remote.queryAll(caller, { entity: 'Customer' });
    expect(result.kind === 'ok' ? result.entity.length : result).toBe(600);
  });

  it('end with the first page that fails, never with half a list', async () => {
    let page = 0;
    const { api: remote } = api((request, url) => {
      page += 1;
      return page === 1 ? paged(rows(2000))(request, url) : { fault: { error: [{ code: '3001' }] } };
    });
    expect(await remote.queryAll(caller, { entity: 'Customer' })).toMatchObject({ kind: 'throttled' });
  });

  it('skip rows that are no objects with an Id', async () => {
    const { api: remote } = api(() => ({ QueryResponse: { Customer: [null, { Id: '1' }, { Id: 7 }, 'x'] } }));
    expect(await remote.query(caller, { entity: 'Customer' })).toMatchObject({ kind: 'ok', entity: [{ Id: '1' }] });
  });
});

describe('the profile', () => {
  const answers: Reply = (_request, { pathname, searchParams }) => {
    if (pathname.includes('companyinfo')) return { CompanyInfo: { Id: '1', Country: 'USA', CompanyName: 'Elm' } };
    if (pathname.includes('preferences')) return { Preferences: { CurrencyPrefs: { HomeCurrency: { value: 'USD' } } } };
    const entity = /FROM (\w+)/u.exec(searchParams.get('query') ?? '')?.[1] ?? '';
    return { QueryResponse: { [entity]: [{ Id: '1', Name: entity }] } };
  };

  it('takes five reads', async () => {
    const { api: remote, asked } = api(answers);
    const result = await readProfile(remote, caller);
    expect(result).toMatchObject({
      kind: 'ok',
      entity: { isUs: true, homeCurrency: 'USD', accounts: [{ id: '1' }], taxCodes: [{ id: '1' }] },
    });
    expect(asked).toHaveLength(5);
  });

  it('is not made up when one of them fails', async () => {
    const { api: remote } = api((request, url) =>
      url.pathname.includes('preferences') ? { fault: { error: [{ code: '3200' }] } } : answers(request, url),
    );
    expect(await readProfile(remote, caller)).toMatchObject({ kind: 'auth_expired' });
  });
});
