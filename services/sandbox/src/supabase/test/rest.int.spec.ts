import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Call, type Project, startProject } from './helpers.js';

let project: Project;
beforeAll(async () => {
  project = await startProject();
});
beforeEach(() => project.sandbox.control.sql('truncate items, item_notes, no_key restart identity'));
afterAll(() => project.sandbox.close());

const item = (id: number, fields: Record<string, unknown> = {}) => ({ id, name: `item ${id}`, ...fields });
const stored = () => project.sandbox.control.rows('items');
const ids = async () => (await stored()).map(({ id }) => id);
const post = (body: unknown, prefer = '', query = '') => project.call(`/items${query}`, { body, prefer });

describe('insert', () => {
  it('answers 201 without a body, or with the rows when asked', async () => {
    const quiet = await post(item(1));
    expect([quiet.status, quiet.text, quiet.headers.get('content-range')]).toEqual([201, '', '*/*']);
    expect(quiet.headers.get('preference-applied')).toBeNull();
    const shown = await post(item(2, { price: 12.5 }), 'return=representation', '?select=id,price,key:sku');
    expect([shown.status, shown.json]).toEqual([201, [{ id: 2, price: 12.5, key: null }]]);
    expect(shown.headers.get('preference-applied')).toBe('return=representation');
  });

  it('is all or nothing', async () => {
    const answer = await post([item(1), item(2, { name: null })]);
    expect([answer.status, answer.json]).toMatchObject([400, { code: '23502' }]);
    expect(await ids()).toEqual([]);
  });

  it('wants equal keys in all objects, or columns=', async () => {
    const bodies = [item(1, { stock: 3 }), { id: 2, sku: 'S' }];
    expect((await post(bodies)).json).toEqual({
      code: 'PGRST102',
      details: null,
      hint: null,
      message: 'All object keys must match',
    });
    expect((await post(bodies, 'missing=default', '?columns=id,name,stock')).status).toBe(201);
    expect(await stored()).toMatchObject([
      { id: 1, name: 'item 1', stock: 3 },
      { id: 2, name: 'unnamed', stock: null, sku: null },
    ]);
    // Without missing=default an absent key is NULL, which this column refuses.
    expect((await post([{ id: 3 }, item(4)], '', '?columns=id,name')).json).toMatchObject({ code: '23502' });
  });

  it.each([
    ['a body that is no JSON', '{', 400, 'PGRST102'],
    ['a column the cache does not know', '{"id":1,"colour":"red"}', 400, 'PGRST204'],
    ['a value of another type', '{"id":"x"}', 400, '22P02'],
    ['a check that fails', '{"id":1,"price":-1}', 400, '23514'],
    ['a number that does not fit', '{"id":1,"price":99999999999}', 400, '22003'],
  ])('refuses %s', async (_, body, status, code) => {
    const answer = await post(body);
    expect([answer.status, answer.json]).toMatchObject([status, { code }]);
    expect(answer.headers.get('proxy-status')).toBe(`PostgREST; error=${code}`);
  });

  it('names the constraint and the key of a duplicate', async () => {
    await post(item(7));
    const answer = await post(item(7));
    expect([answer.status, answer.json]).toEqual([
      409,
      {
        code: '23505',
        details: 'Key (id)=(7) already exists.',
        hint: null,
        message: 'duplicate key value violates unique constraint "items_pkey"',
      },
    ]);
    const note = await project.call('/item_notes', { body: { item_id: 999, note: 'x' } });
    expect([note.status, note.json]).toMatchObject([409, { code: '23503' }]);
  });

  it('keeps the digits of numbers JavaScript cannot hold', async () => {
    await post('{"id":9007199254740993,"price":0.30}');
    expect((await project.call('/items?select=id::text,price::text')).json).toEqual([
      { id: '9007199254740993', price: '0.30' },
    ]);
  });

  it('says where the one new row is', async () => {
    const answer = await post(item(5), 'return=headers-only');
    expect([answer.headers.get('location'), answer.text]).toEqual(['/items?id=eq.5', '']);
  });
});

describe('upsert', () => {
  const merge = 'resolution=merge-duplicates';

  it('overwrites every listed column and no other; 200 when nothing was inserted', async () => {
    await post([item(1, { stock: 5, sku: 'A' })]);
    const mixed = await post([item(1, { sku: 'B' }), item(2, { sku: 'C' })], merge, '?on_conflict=id');
    expect([mixed.status, mixed.headers.get('preference-applied')]).toEqual([201, merge]);
    const updated = await post([item(1, { sku: 'D' })], `${merge},return=representation`);
    expect([updated.status, updated.json]).toMatchObject([200, [{ id: 1, sku: 'D', stock: 5 }]]);
    expect((await post([], merge)).status).toBe(200);
  });

  it('ignores duplicates and gives only what was inserted', async () => {
    await post(item(1));
    const answer = await post([item(1), item(2)], 'resolution=ignore-duplicates,return=representation', '?select=id');
    expect([answer.status, answer.json]).toEqual([201, [{ id: 2 }]]);
    expect((await post([item(1)], 'resolution=ignore-duplicates')).status).toBe(201);
  });

  it('works by another unique key, and not by a column without one', async () => {
    await post(item(1, { sku: 'A' }));
    expect((await post(item(9, { sku: 'A' }), merge, '?on_conflict=sku')).status).toBe(200);
    expect(await ids()).toEqual([9]);
    const answer = await post(item(1), merge, '?on_conflict=name');
    expect([answer.status, answer.json]).toMatchObject([400, { code: '42P10' }]);
    const other = await post(item(10, { sku: 'A' }), merge, '?on_conflict=id');
    expect([other.status, other.json]).toMatchObject([409, { code: '23505' }]);
  });

  it('cannot take one key twice: 21000, a permanent 500', async () => {
    const answer = await post([item(1), item(1)], merge);
    expect([answer.status, answer.json]).toMatchObject([500, { code: '21000' }]);
  });

  it('drops the resolution silently where there is no key', async () => {
    const twice = { a: 1, b: 'x' };
    await project.call('/no_key', { body: twice, prefer: merge });
    const answer = await project.call('/no_key', { body: twice, prefer: `${merge},return=minimal` });
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([201, 'return=minimal']);
    expect(await project.sandbox.control.rows('no_key')).toEqual([twice, twice]);
  });
});

describe('PATCH, DELETE and PUT', () => {
  beforeEach(() => post([item(1, { stock: 1 }), item(2, { stock: 2 }), item(3, { stock: 3 })]));
  const change = (method: string, query: string, call: Call = {}) =>
    project.call(`/items${query}`, { method, ...call });

  it('changes what the filters match, and shows it when asked', async () => {
    const quiet = await change('PATCH', '?stock=gte.2', { body: { name: 'x' }, prefer: 'count=exact' });
    expect([quiet.status, quiet.headers.get('content-range')]).toEqual([204, '0-1/2']);
    const none = await change('PATCH', '?id=eq.99', {
      body: { name: 'x' },
      prefer: 'return=representation,count=exact',
    });
    expect([none.status, none.json, none.headers.get('content-range')]).toEqual([200, [], '*/0']);
    const guarded = await change('PATCH', '?id=eq.1&stock=lt.1', {
      body: { stock: 9 },
      prefer: 'return=representation',
    });
    expect(guarded.json).toEqual([]);
  });

  it('deletes what the filters match', async () => {
    const answer = await change('DELETE', '?id=in.(1,3)', { prefer: 'return=representation' });
    expect([answer.status, (answer.json as { id: number }[]).map(({ id }) => id)]).toEqual([200, [1, 3]]);
    expect((await change('DELETE', '?id=eq.77')).status).toBe(204);
    expect(await ids()).toEqual([2]);
  });

  it('undoes a change that hits more rows than allowed', async () => {
    const prefer = 'handling=strict,max-affected=2';
    const answer = await change('DELETE', '?id=gt.0', { prefer });
    expect([answer.status, answer.json]).toMatchObject([400, { code: 'PGRST124' }]);
    expect((await change('DELETE', '?id=gt.1', { prefer })).status).toBe(204);
    expect(await ids()).toEqual([1]);
  });

  it('puts exactly the row of its address', async () => {
    expect((await change('PUT', '?id=eq.8', { body: item(8) })).status).toBe(201);
    expect((await change('PUT', '?id=eq.8', { body: item(8, { stock: 4 }) })).status).toBe(204);
    expect((await change('PUT', '?id=eq.8', { body: item(9) })).json).toMatchObject({ code: 'PGRST115' });
    const wide = await change('PUT', '?stock=eq.4', { body: item(8) });
    expect([wide.status, wide.json]).toMatchObject([405, { code: 'PGRST105' }]);
  });
});

describe('reading', () => {
  beforeEach(() =>
    post([
      item(1, { sku: 'a,b', price: 1, tags: { a: { b: 'deep' } }, made_at: '2026-01-05T12:00:00.123456+01:00' }),
      item(2, { sku: 'c', price: 2, tags: [], made_at: null }),
      item(3, { sku: null, price: null, tags: [1], made_at: null }),
    ]),
  );
  const list = async (query: string) => (await project.call(`/items${query}`)).json as Record<string, unknown>[];
  const found = async (query: string) => (await list(`${query}&select=id&order=id`)).map(({ id }) => id);

  it.each([
    ['?id=eq.2', [2]],
    ['?id=neq.2', [1, 3]],
    ['?id=gt.1', [2, 3]],
    ['?id=gte.2&id=lt.3', [2]],
    ['?id=lte.1', [1]],
    ['?name=like.*2', [2]],
    ['?name=ilike.ITEM*', [1, 2, 3]],
    ['?sku=in.("a,b",c)', [1, 2]],
    ['?id=in.()', []],
    ['?sku=is.null', [3]],
    ['?sku=not.is.null', [1, 2]],
    ['?id=not.in.(1,2)', [3]],
    ['?or=(id.eq.1,sku.is.null)', [1, 3]],
    ['?and=(id.gt.1,or(sku.eq.c,id.eq.9))', [2]],
    ['?not.or=(id.eq.1,id.eq.2)', [3]],
    ['?or=(sku.eq."a,b",and(id.gte.3,id.lte.3))', [1, 3]],
    ['?tags->a->>b=eq.deep', [1]],
    ['?tags=cs.[1]', [3]],
  ])('filters %s', async (query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  it('orders, limits, and takes a Range', async () => {
    expect((await list('?select=id&order=price.desc.nullslast,id')).map(({ id }) => id)).toEqual([2, 1, 3]);
    expect((await list('?select=id&order=id.desc&limit=1&offset=1')).map(({ id }) => id)).toEqual([2]);
    const ranged = await project.call('/items?select=id&order=id', {
      headers: { range: '1-1', 'range-unit': 'items' },
    });
    expect([ranged.status, ranged.json, ranged.headers.get('content-range')]).toEqual([200, [{ id: 2 }], '1-1/*']);
  });

  it('gives times with offset and six decimals, numbers as numbers', async () => {
    expect(await list('?id=eq.1&select=made_at,price,cut:made_at::date')).toEqual([
      { made_at: '2026-01-05T11:00:00.123456+00:00', price: 1.0, cut: '2026-01-05' },
    ]);
  });

  it('counts when asked: 206 for a part, 200 for all, 416 beyond', async () => {
    const prefer = 'count=exact';
    const part = await project.call('/items?limit=2', { prefer });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, '0-1/3']);
    const all = await project.call('/items', { prefer });
    expect([all.status, all.headers.get('content-range')]).toEqual([200, '0-2/3']);
    const none = await project.call('/items?id=eq.9', { prefer });
    expect([none.status, none.json, none.headers.get('content-range')]).toEqual([200, [], '*/0']);
    const beyond = await project.call('/items?offset=9', { prefer });
    expect([beyond.status, beyond.json]).toMatchObject([416, { code: 'PGRST103' }]);
    expect((await project.call('/items?offset=9')).headers.get('content-range')).toBe('*/*');
    const head = await project.call('/items', { method: 'HEAD', prefer });
    expect([head.status, head.text, head.headers.get('content-range')]).toEqual([200, '', '0-2/3']);
  });

  it('cuts at max-rows without a word', async () => {
    await project.sandbox.control.sql(`insert into items (id) select generate_series(1001, 2500)`);
    expect(await list('?select=id')).toHaveLength(1000);
    expect(await list('?select=id&limit=5000')).toHaveLength(1000);
    const rows = Array.from({ length: 1100 }, (_, i) => item(i + 5000));
    expect((await post(rows, 'return=representation')).json).toHaveLength(1100);
  });

  it('gives one object, or 406 when there is not exactly one', async () => {
    const headers = { accept: 'application/vnd.pgrst.object+json' };
    expect((await project.call('/items?id=eq.2&select=id', { headers })).json).toEqual({ id: 2 });
    const none = await project.call('/items?id=eq.99', { headers });
    expect([none.status, none.json]).toMatchObject([406, { code: 'PGRST116', details: 'The result contains 0 rows' }]);
  });

  it.each([
    ['/items?id=1', 400, 'PGRST100'],
    ['/items?id=near.1', 400, 'PGRST100'],
    ['/items?or=id.eq.1', 400, 'PGRST100'],
    ['/items?colour=eq.red', 400, '42703'],
    ['/items?select=colour', 400, '42703'],
    ['/items?select=id,item_notes(note)', 400, 'PGRST200'],
    ['/items?id=eq.x', 400, '22P02'],
    ['/items?limit=-1', 416, 'PGRST103'],
    ['/things', 404, 'PGRST205'],
    ['/items/1', 404, 'PGRST125'],
    ['/rpc/nothing', 404, 'PGRST202'],
  ])('refuses %s with %i %s', async (path, status, code) => {
    const answer = await project.call(path);
    expect([answer.status, answer.json]).toMatchObject([status, { code }]);
  });

  it('takes quotes in names and values for data', async () => {
    expect(await list(`?name=eq.${encodeURIComponent(`x'; drop table items; --`)}`)).toEqual([]);
    expect((await project.call(`/items?${encodeURIComponent(`id" = 1; --`)}=eq.1`)).json).toMatchObject({
      code: '42703',
    });
    expect(await ids()).toEqual([1, 2, 3]);
  });
});

describe('functions', () => {
  const rpc = (name: string, body: unknown = {}, call: Call = {}) => project.call(`/rpc/${name}`, { body, ...call });

  it('takes named arguments, one of them a whole jsonb', async () => {
    const answer = await rpc('add_all', {
      lines: [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ],
    });
    expect([answer.status, answer.json]).toEqual([200, 2]);
    expect(await ids()).toEqual([1, 2]);
    expect((await rpc('whole', { any: [1] })).json).toEqual({ got: { any: [1] } });
    expect((await rpc('whole', [1, 2])).json).toEqual({ got: [1, 2] });
  });

  it('gives sets as lists, defaults for what is missing, 204 for void', async () => {
    expect((await rpc('pair', { a: 1 })).json).toEqual([
      { x: 1, y: 5 },
      { x: 5, y: 1 },
    ]);
    expect((await project.call('/rpc/pair?a=1&b=2')).json).toEqual([
      { x: 1, y: 2 },
      { x: 2, y: 1 },
    ]);
    const nothing = await rpc('touch_nothing');
    expect([nothing.status, nothing.text]).toEqual([204, '']);
  });

  it.each([
    ['nothing', {}, 404, 'PGRST202'],
    ['pair', { c: 1 }, 404, 'PGRST202'],
    ['fails', { kind: 'raise' }, 400, 'P0001'],
    ['fails', { kind: 'conflict' }, 409, 'PT409'],
    ['fails', { kind: 'other' }, 400, '22012'],
    ['ungranted', {}, 403, '42501'],
  ])('%s(%j) ends in %i %s', async (name, body, status, code) => {
    const answer = await rpc(name, body);
    expect([answer.status, answer.json]).toMatchObject([status, { code }]);
  });
});

describe('a GET of a function', () => {
  it('runs read-only', async () => {
    const answer = await project.call('/rpc/add_all?lines=[{"id":1,"name":"x"}]');
    expect([answer.status, answer.json]).toMatchObject([405, { code: '25006' }]);
  });
});

describe('roles and preferences', () => {
  it('gives 403 to a key without the right, 401 to a stranger', async () => {
    const publishable = project.sandbox.publishableKey;
    expect((await project.call('/closed')).json).toMatchObject({
      code: '42501',
      message: 'permission denied for table closed',
    });
    expect((await project.call('/closed')).status).toBe(403);
    expect((await project.call('/closed', { key: publishable })).status).toBe(401);
    expect((await project.call('/items', { key: publishable, body: item(1) })).json).toMatchObject({ code: '42501' });
  });

  it('shows strangers no rows where row security has no policy', async () => {
    await post(item(1));
    const answer = await project.call('/items', { key: project.sandbox.publishableKey });
    expect([answer.status, answer.json]).toEqual([200, []]);
    expect((await project.call('/items?select=id')).json).toEqual([{ id: 1 }]);
  });

  it('knows the exposed schemas only', async () => {
    const read = await project.call('/items', { headers: { 'accept-profile': 'secret' } });
    expect([read.status, read.json]).toMatchObject([406, { code: 'PGRST106' }]);
    const write = await project.call('/items', { body: item(1), headers: { 'content-profile': 'secret' } });
    expect(write.json).toMatchObject({ code: 'PGRST106' });
  });

  it('refuses unknown preferences only in strict handling', async () => {
    expect((await post(item(1), 'colour=red')).status).toBe(201);
    const strict = await post(item(2), 'handling=strict,colour=red');
    expect([strict.status, strict.json]).toMatchObject([
      400,
      { code: 'PGRST122', details: 'Invalid preferences: colour=red' },
    ]);
  });

  it('answers other media types and methods as PostgREST does', async () => {
    expect((await project.call('/items', { headers: { accept: 'text/xml' } })).json).toMatchObject({
      code: 'PGRST107',
    });
    expect((await project.call('/items', { method: 'OPTIONS' })).status).toBe(405);
    expect((await project.call('/')).json).toMatchObject({ paths: { '/items': {}, '/rpc/add_all': {} } });
  });
});

describe('the ledger', () => {
  it('notes every request, and which of them changed something', async () => {
    const { control } = project.sandbox;
    control.clearLog();
    const before = await control.writeTransactions();
    await project.call('/items?select=id');
    await post(item(1));
    await post(item(1));
    await project.call('/items?id=eq.77', { method: 'DELETE' });
    await project.call('/rpc/pair', { body: { a: 1 } });
    expect(
      control.requests.map(({ method, path, role, status, rows, wrote }) => [method, path, role, status, rows, wrote]),
    ).toEqual([
      ['GET', '/rest/v1/items?select=id', 'service_role', 200, undefined, false],
      ['POST', '/rest/v1/items', 'service_role', 201, 1, true],
      ['POST', '/rest/v1/items', 'service_role', 409, undefined, false],
      ['DELETE', '/rest/v1/items?id=eq.77', 'service_role', 204, 0, false],
      ['POST', '/rest/v1/rpc/pair', 'service_role', 200, undefined, false],
    ]);
    expect(control.writes).toBe(1);
    expect((await control.writeTransactions(before.nextId)).count).toBeGreaterThanOrEqual(1);
  });

  it('proves that nothing was written', async () => {
    const { control } = project.sandbox;
    const { nextId } = await control.writeTransactions();
    await project.call('/items?select=id', { prefer: 'count=exact' });
    await project.call('/rpc/pair', { body: { a: 1 } });
    expect((await control.writeTransactions(nextId)).count).toBe(0);
  });
});
