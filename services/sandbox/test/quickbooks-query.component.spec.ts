import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, line, REALM, type TestBody } from './quickbooks-client.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

async function rows(text: string, entity = 'Customer'): Promise<TestBody[]> {
  const answer = await bench.query(text);
  expect(answer.status).toBe(200);
  return (answer.body.QueryResponse?.[entity] ?? []) as unknown as TestBody[];
}

async function names(text: string): Promise<unknown[]> {
  return (await rows(text)).map(({ DisplayName }) => DisplayName);
}

async function code(text: string): Promise<unknown> {
  const answer = await bench.query(text);
  expect(answer.status).toBe(400);
  return answer.body.Fault?.Error?.[0]?.code;
}

describe('queries', () => {
  beforeEach(() => {
    bench.control.seed(REALM, {
      Customer: [
        { DisplayName: "Pat O'Neil", PrimaryEmailAddr: { Address: 'Pat@Example.com' } },
        { DisplayName: 'Back\\slash' },
        { DisplayName: 'Zed', FamilyName: 'Zed' },
      ],
    });
  });

  it('answer with the rows and where they start; nothing found is an empty object', async () => {
    const { body } = await bench.query("select * from customer where displayname = 'zed'");
    expect(body.QueryResponse).toMatchObject({ startPosition: 1, maxResults: 1, Customer: [{ DisplayName: 'Zed' }] });
    expect((await bench.query("SELECT * FROM Customer WHERE DisplayName = 'nobody'")).body.QueryResponse).toEqual({});
  });

  it('escape quotes and backslashes with a backslash only', async () => {
    expect(await names(String.raw`SELECT * FROM Customer WHERE DisplayName = 'Pat O\'Neil'`)).toEqual(["Pat O'Neil"]);
    expect(await names(String.raw`SELECT * FROM Customer WHERE DisplayName = 'Back\\slash'`)).toEqual(['Back\\slash']);
    expect(await code("SELECT * FROM Customer WHERE DisplayName = 'Pat O'Neil'")).toBe('4000');
    expect(await code("SELECT * FROM Customer WHERE DisplayName = 'Pat O''Neil'")).toBe('4000');
  });

  it('compare, combine with AND, use IN and LIKE', async () => {
    expect(await names("SELECT * FROM Customer WHERE DisplayName LIKE 'P%' AND Active = true")).toEqual(["Pat O'Neil"]);
    expect(await names("SELECT * FROM Customer WHERE Id IN ('1', '3')")).toEqual(["Pat O'Neil", 'Zed']);
    expect(await names("SELECT * FROM Customer WHERE DisplayName > 'C'")).toEqual(["Pat O'Neil", 'Zed']);
    expect(await names("SELECT * FROM Customer WHERE PrimaryEmailAddr = 'pat@example.com'")).toEqual(["Pat O'Neil"]);
  });

  it('ignore case by default, and not when the company says so', async () => {
    bench.control.set(REALM, { queryIgnoresCase: false });
    expect(await names("SELECT * FROM Customer WHERE PrimaryEmailAddr = 'pat@example.com'")).toEqual([]);
    expect(await names("SELECT * FROM Customer WHERE PrimaryEmailAddr = 'Pat@Example.com'")).toEqual(["Pat O'Neil"]);
  });

  it.each([
    ["SELECT * FROM Customer WHERE Id = '1' OR Id = '2'", '4000'],
    ["SELECT * FROM Customer WHERE DisplayName != 'x'", '4000'],
    ['SELECT * FROM Customer JOIN Invoice', '4000'],
    ['SELECT * FROM Customer GROUP BY DisplayName', '4000'],
    ['DELETE FROM Customer', '4000'],
    ["SELECT * FROM Customer WHERE DisplayName = 'open", '4000'],
    ["SELECT * FROM Customer WHERE Id > '1'", '4001'],
    ["SELECT * FROM Customer WHERE Notes = 'x'", '4001'],
    ["SELECT * FROM Invoice WHERE PrivateNote LIKE '%x%'", '4001'],
    ['SELECT * FROM Customer MAXRESULTS 1001', '4001'],
    ['SELECT * FROM Unicorn', '4001'],
  ])('refuse %s with %s', async (text, expected) => {
    expect(await code(text)).toBe(expected);
  });

  it('filter on PrivateNote where the company allows it', async () => {
    const { customer, item } = await bench.basics();
    const Line = [line({ amount: 1, item })];
    await bench.make('invoice', { CustomerRef: { value: customer }, Line, PrivateNote: 'mine' });
    bench.control.set(REALM, { privateNoteFilterable: true });
    expect(await rows("SELECT * FROM Invoice WHERE PrivateNote LIKE '%min%'", 'Invoice')).toHaveLength(1);
  });

  it('count, select fields and sort', async () => {
    expect((await bench.query('SELECT COUNT(*) FROM Customer')).body.QueryResponse).toEqual({ totalCount: 3 });
    expect(await rows('SELECT Id, DisplayName FROM Customer ORDERBY DisplayName DESC MAXRESULTS 1')).toEqual([
      { domain: 'QBO', sparse: true, Id: '3', DisplayName: 'Zed' },
    ]);
  });

  it('page from 1 and give 100 rows unless asked for more', async () => {
    bench.control.seed(REALM, { Vendor: Array.from({ length: 120 }, (_, index) => ({ DisplayName: `V${index}` })) });
    expect(await rows('SELECT * FROM Vendor', 'Vendor')).toHaveLength(100);
    expect(await rows('SELECT * FROM Vendor STARTPOSITION 101', 'Vendor')).toHaveLength(20);
    expect(await rows('SELECT * FROM Vendor STARTPOSITION 1 MAXRESULTS 1000', 'Vendor')).toHaveLength(120);
  });

  it('hide the inactive unless asked for', async () => {
    await bench.make('customer', { Id: '3', SyncToken: '0', sparse: true, Active: false });
    expect(await names('SELECT * FROM Customer')).not.toContain('Zed (deleted)');
    expect(await names('SELECT * FROM Customer WHERE Active IN (true, false)')).toContain('Zed (deleted)');
    expect(await names('SELECT * FROM Customer WHERE Active = false')).toEqual(['Zed (deleted)']);
  });

  it('filter by change time as an instant, whatever the offset', async () => {
    bench.clock.advance(3_600_000);
    bench.token = bench.control.issueAccessToken(REALM);
    await bench.make('customer', { DisplayName: 'Later' });
    const since = '2026-01-05T13:00:00Z';
    expect(await names(`SELECT * FROM Customer WHERE MetaData.CreateTime >= '${since}'`)).toEqual(['Later']);
    const pacific = '2026-01-05T05:00:00-08:00';
    expect(await names(`SELECT * FROM Customer WHERE MetaData.LastUpdatedTime >= '${pacific}'`)).toEqual(['Later']);
  });

  it('come by POST as text too', async () => {
    const answer = await bench.call('POST', 'query', "SELECT * FROM Customer WHERE Id = '1'", {
      'content-type': 'application/text',
    });
    expect(answer.body.QueryResponse?.Customer).toHaveLength(1);
  });

  it('may show older SyncTokens than a read by id', async () => {
    await bench.make('customer', { Id: '1', SyncToken: '0', sparse: true, Notes: 'x' });
    bench.control.set(REALM, { listSyncTokens: 'older' });
    expect((await rows("SELECT * FROM Customer WHERE Id = '1'"))[0]?.SyncToken).toBe('0');
    expect((await bench.get('customer/1')).body.Customer?.SyncToken).toBe('1');
  });
});

describe('change data capture', () => {
  it('lists changes oldest first with deleted stubs last', async () => {
    const { customer, item } = await bench.basics();
    const body = { CustomerRef: { value: customer }, Line: [line({ amount: 1, item })] };
    const gone = await bench.make('invoice', body);
    await bench.make('invoice', body);
    await bench.make('invoice?operation=delete', { Id: gone.Id, SyncToken: '0' });
    const answer = await bench.get('cdc?entities=Invoice&changedSince=2026-01-01T00:00:00Z');
    const listed = answer.body.CDCResponse?.[0]?.QueryResponse?.[0]?.Invoice as unknown as TestBody[];
    expect(listed.map(({ Id, status }) => [Id, status])).toEqual([
      ['2', undefined],
      ['1', 'Deleted'],
    ]);
    const none = await bench.get('cdc?entities=Payment&changedSince=2026-01-01T00:00:00Z');
    expect(none.body.CDCResponse).toEqual([{ QueryResponse: [{}] }]);
    expect((await bench.get('cdc?entities=TaxCode&changedSince=2026-01-01T00:00:00Z')).status).toBe(400);
  });
});

describe('set-up objects', () => {
  it('show the company and its preferences', async () => {
    bench.control.set(REALM, { allowShipping: true });
    const info = await bench.get(`companyinfo/${REALM}`);
    expect(info.body.CompanyInfo).toMatchObject({ CompanyName: 'Sandbox Company', Country: 'USA' });
    expect((await bench.get('preferences')).body.Preferences).toMatchObject({
      SalesFormsPrefs: { CustomTxnNumbers: true, AllowShipping: true },
      TaxPrefs: { UsingSalesTax: true, PartnerTaxEnabled: false },
      CurrencyPrefs: { MultiCurrencyEnabled: false, HomeCurrency: { value: 'USD' } },
    });
    expect(await rows("SELECT * FROM Account WHERE AccountSubType = 'UndepositedFunds'", 'Account')).toHaveLength(1);
  });

  it('answer in XML to who does not ask for JSON', async () => {
    const answer = await bench.call('GET', 'preferences', undefined, { accept: '*/*' });
    expect(answer.headers.get('content-type')).toContain('xml');
    expect(answer.text).toContain('<UsingSalesTax>true</UsingSalesTax>');
  });
});
