import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import { BAD_DAY_SUPABASE, type RunningSandboxes } from '../src/index.js';
import { readOptions, UsageError } from '../src/cli/options.js';
import { runSandboxes } from '../src/index.js';
import { Bench, REALM } from './quickbooks-client.js';

describe('control over HTTP', () => {
  let bench: Bench;
  afterEach(() => bench.close());

  async function control(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${bench.sandbox.apiBaseUrl}/__sandbox/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  it('seeds, switches, edits and shows the books', async () => {
    bench = await Bench.open();
    expect((await control('POST', `seed/${REALM}`, { Customer: [{ DisplayName: 'Ada' }] })).body).toEqual({
      Customer: ['1'],
    });
    await control('POST', `edit/${REALM}/customer/1`, { Notes: 'by hand' });
    await control('PATCH', `switches/${REALM}`, { bookCloseDate: '2026-01-01' });
    const { body } = await control('GET', `ledger/${REALM}`);
    expect(body).toMatchObject({ customers: [{ DisplayName: 'Ada', Notes: 'by hand', SyncToken: '1' }], emails: [] });
    expect((await bench.get('preferences')).body.Preferences?.AccountingInfoPrefs?.BookCloseDate).toBe('2026-01-01');
  });

  it('adds faults, reports what fired and takes them away', async () => {
    bench = await Bench.open();
    await control('POST', 'faults', {
      rules: [{ id: 'f1', kind: 'status', status: 503, match: { path: 'preferences' } }],
    });
    expect((await bench.get('preferences')).status).toBe(503);
    expect((await control('GET', 'faults')).body).toMatchObject({
      rules: [{ id: 'f1', matches: 1, fired: 1 }],
      fired: [{ ruleId: 'f1', kind: 'status', method: 'GET' }],
    });
    await control('DELETE', 'faults');
    expect((await bench.get('preferences')).status).toBe(200);
  });

  it('issues, expires and revokes tokens', async () => {
    bench = await Bench.open();
    const { body } = await control('POST', `refresh-token/${REALM}`);
    const refresh_token = (body as { refreshToken: string }).refreshToken;
    const form = { grant_type: 'refresh_token', refresh_token };
    expect((await bench.tokens(form)).status).toBe(200);
    await control('POST', `expire-access-tokens/${REALM}`);
    expect((await bench.get('preferences')).status).toBe(401);
    await control('POST', `revoke/${REALM}`);
    expect((await bench.tokens(form)).body).toMatchObject({ error: 'invalid_grant' });
    expect((await control('GET', `stats/${REALM}`)).body).toMatchObject({ oauth: { refreshes: 1, invalidGrants: 1 } });
  });

  it.each([
    ['POST', 'faults', { rules: [{ kind: 'typo' }] }],
    ['PATCH', `switches/${REALM}`, { typo: true }],
    ['GET', 'ledger/unknown', undefined],
    ['POST', `seed/${REALM}`, { Customer: [{ DisplayName: 'a:b' }] }],
  ])('says what is wrong with %s %s', async (method, path, body) => {
    bench = await Bench.open();
    const answer = await control(method, path, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toHaveProperty('error');
  });
});

/** Whether somebody takes the connection. */
async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('the sandbox process', () => {
  let running: RunningSandboxes | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  it.each(['us', 'global', 'jpy'])('starts a %s shop with its company and says how to reach both', async (profile) => {
    const shop = ['--profile', profile, '--orders', '40', '--planted', '8'];
    running = await runSandboxes(readOptions([...shop, '--supabase', 'off']));
    expect(running.ready).not.toHaveProperty('supabase');
    const { quickbooks, woocommerce } = running.ready as Record<string, Record<string, string>>;
    const orders = await fetch(`${woocommerce?.storeUrl}/wp-json`);
    expect(orders.status).toBe(200);
    const realmId = String(quickbooks?.realmId);
    const token = await fetch(String(quickbooks?.tokenUrl), {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${quickbooks?.clientId}:${quickbooks?.clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: String(quickbooks?.refreshToken) }),
    });
    expect(token.status).toBe(200);
    const ledger = running.quickbooks.control.ledger(realmId);
    expect(ledger.vendors.map(({ DisplayName }) => DisplayName)).toContain('Pat Hardware');
    expect(ledger.invoices).toHaveLength(1);
    expect(ledger.currency).toBe({ us: 'USD', global: 'EUR', jpy: 'JPY' }[profile]);
  });

  it('starts a Supabase project unless told not to, and says both ways to it', async () => {
    running = await runSandboxes(readOptions(['--orders', '10', '--faults', 'bad-day']));
    const { supabase, supabaseDirect } = running.ready as Record<string, Record<string, string>>;
    await running.supabase?.control.sql('create table t (id int primary key); grant all on t to service_role');
    const headers = { apikey: String(supabase?.serviceKey), 'content-type': 'application/json' };
    const address = `${supabase?.projectUrl}/rest/v1/t`;
    const written = await fetch(address, { method: 'POST', headers, body: '{"id":1}' });
    expect(written.status).toBe(201);
    const client = new pg.Client({ connectionString: String(supabaseDirect?.databaseUrl) });
    await client.connect();
    expect((await client.query('select id from t')).rows).toEqual([{ id: 1 }]);
    await client.end();
    expect(running.supabase?.control.faultRules).toHaveLength(BAD_DAY_SUPABASE.length);
  });

  it('listens on every address and tells the name it is known by, as a container does', async () => {
    const shop = ['--orders', '10', '--host', '0.0.0.0', '--advertise', 'localhost'];
    running = await runSandboxes(readOptions(shop));
    const { woocommerce, quickbooks, supabase, supabaseDirect } = running.ready as Record<
      string,
      Record<string, string>
    >;
    const told = [woocommerce?.storeUrl, quickbooks?.apiBaseUrl, supabase?.projectUrl, supabaseDirect?.databaseUrl];
    const addresses = told.map((text) => new URL(String(text)));
    expect(addresses.map(({ hostname }) => hostname)).toEqual(Array(4).fill('localhost'));
    // Loopback, but not 127.0.0.1: only a server on every address answers there.
    for (const { port } of addresses) expect(await accepts('127.0.0.2', Number(port))).toBe(true);
  });

  it('listens on the loopback address alone unless told otherwise', async () => {
    running = await runSandboxes(readOptions(['--orders', '10', '--supabase', 'off']));
    const port = Number(new URL(running.woo.url).port);
    expect(await accepts('127.0.0.1', port)).toBe(true);
    expect(await accepts('127.0.0.2', port)).toBe(false);
    expect(readOptions(['--host', '0.0.0.0']).advertisedHost).toBe('127.0.0.1');
    expect(readOptions(['--host', 'shop.test']).advertisedHost).toBe('shop.test');
  });

  it.each([
    [['--supabase', 'mysql://x'], '--supabase'],
    [['--host', 'a b'], '--host'],
    [['--advertise', 'http://sandbox'], '--advertise'],
    [['--orders', 'many'], '--orders'],
    [['--profile', 'mars'], '--profile'],
    [['--nonsense', '1'], '--nonsense'],
    [['--switches', '{'], '--switches'],
    [['--fault-rules', '/does/not/exist'], '--fault-rules'],
  ])('names the flag it cannot use: %j', (args, flag) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(flag);
  });
});
