import { tempDir } from '@tillstream/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, Shop } from './support/shop.js';

/** A run's id in what was printed. */
function runIdIn(text: string): string {
  return /run_[A-Za-z0-9]+/.exec(text)?.[0] ?? '';
}

function json<T>(text: string): T {
  return JSON.parse(text) as T;
}

describe('the command line on a connected shop', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.start({ orders: 24, planted: { total_mismatch: 1, currency_unsupported: 1 } });
    await shop.connect();
  });
  afterAll(() => shop.close());

  it('lists and tests connections without showing a secret', async () => {
    const list = await shop.cli(['connections']);
    expect(list.code).toBe(0);
    expect(list.stdout).toMatch(/^platform +status +checked +where +detail\nwoocommerce +unverified /);
    const tested = await shop.cli(['connections', 'test', '--json']);
    expect(tested.code).toBe(0);
    expect(json(tested.stdout)).toMatchObject({ woocommerce: { ok: true }, quickbooks: { ok: true } });
    expect(list.stdout + tested.stdout).not.toContain('sandbox-client-secret');
  });

  it('syncs with progress on stderr, the result on stdout, and 3 when records are held', async () => {
    const { code, stdout, stderr } = await shop.cli(['sync', 'orders', '--mode', 'full']);
    expect(code).toBe(3);
    const runId = runIdIn(stderr);
    expect(stderr).toContain(`Run ${runId} started.`);
    expect(stderr).toMatch(/^\d+ of \d+ \(\d+ %\)/m);
    expect(stdout).toContain(`Run ${runId} of orders (full) completed with errors in `);
    expect(stdout).toMatch(/^target +found +created +updated +unchanged +skipped +held +failed +pending$/m);
    expect(stdout).toContain('total_mismatch');
    expect(stdout).not.toContain('\u001b');

    const status = await shop.cli(['status', runId, '--json']);
    expect(status).toMatchObject({ code: 3, stderr: '' });
    expect(json(status.stdout)).toMatchObject({ syncId: runId, trigger: { type: 'cli' }, counts: { held: 2 } });

    const late = await shop.cli(['cancel', runId]);
    expect(late).toMatchObject({ code: 1, stdout: '' });
    expect(late.stderr).toMatch(/^tillstream: run_finished: [^\n]+\n$/);

    const overview = await shop.cli(['status']);
    expect(overview.code).toBe(0);
    expect(overview.stdout).toContain(runId);
  });

  it('lists failures with what to do, in words and as JSON', async () => {
    const { code, stdout } = await shop.cli(['failures', '--code', 'total_mismatch']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^failure +record +target +state +code +last +message$/m);
    expect(stdout).toContain('1 x total_mismatch: Correct the order in WooCommerce');
    const all = json<{ items: { code: string }[]; hasMore: boolean }>((await shop.cli(['failures', '--json'])).stdout);
    expect(all.items.map((failure) => failure.code).toSorted()).toEqual(['currency_unsupported', 'total_mismatch']);
    expect(all.hasMore).toBe(false);
    expect((await shop.cli(['failures', '--entity', 'products'])).stdout).toBe('No failures.\n');
  });

  it('explains an order that is in the books, one that is held, and one that was never seen', async () => {
    const { items } = json<{ items: { id: string; entityId: string }[] }>(
      (await shop.cli(['failures', '--code', 'total_mismatch', '--json'])).stdout,
    );
    const held = items[0]?.entityId ?? '';
    const heldText = (await shop.cli(['explain', held])).stdout;
    expect(heldText).toMatch(new RegExp(`^Order ${held} in the shop: `));
    expect(heldText).toMatch(/^QuickBooks: held since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. /m);
    expect(heldText).toContain('To do: Correct the order in WooCommerce');
    expect(heldText).toContain(`tillstream retry ${items[0]?.id}`);

    const good = shop.generated.orders.find(
      ({ id, status, planted }) => status === 'completed' && planted === undefined && String(id) !== held,
    );
    const goodText = (await shop.cli(['explain', 'orders', `woo:${good?.id}`])).stdout;
    expect(goodText).toMatch(/QuickBooks: in step\. Invoice \S+ \(id \d+\) over [\d.]+ USD/);
    expect(goodText).toMatch(/^ {2}\d{4}-.* UTC {2}Seen in the shop: completed, [\d.]+ USD \(tax [\d.]+ USD\)\.$/m);

    const never = (await shop.cli(['explain', '999999'])).stdout;
    expect(never).toContain('Tillstream has never taken in order 999999.');
    expect(never).toContain('Runs take orders with the status processing, completed or refunded');
    expect(never).toContain('tillstream sync orders --ids 999999 --dry-run');
    expect(json((await shop.cli(['explain', '999999', '--json'])).stdout)).toMatchObject({ document: null });
  });

  it('retries what is asked for, and says when there is nothing', async () => {
    const nothing = await shop.cli(['retry', '--entity', 'products']);
    expect(nothing).toMatchObject({ code: 0, stdout: 'Nothing open fits: nothing to retry.\n' });
    const again = await shop.cli(['retry', '--code', 'total_mismatch']);
    expect(again.stderr).toMatch(/^Run run_\w+ tries 1 failure again\.$/m);
    expect(again.code).toBe(3);
    const { items } = json<{ items: { id: string }[] }>((await shop.cli(['failures', '--json'])).stdout);
    const one = await shop.cli(['retry', items[0]?.id ?? '', '--recreate', '--json']);
    expect(json(one.stdout)).toMatchObject({ trigger: { type: 'retry', id: items[0]?.id }, counts: { held: 1 } });
    const unknown = await shop.cli(['retry', 'fail_unknown']);
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/^tillstream: not_found: .*fail_unknown.*\n$/);
  });

  it('completes with 0 when nothing is wrong, and a repeated key starts no second run', async () => {
    const good = shop.generated.orders.filter(({ status, planted }) => status === 'completed' && planted === undefined);
    const args = ['sync', 'orders', '--ids', `${good[0]?.id},${good[1]?.id}`, '--json', '--idempotency-key', 'job-1'];
    const first = await shop.cli(args);
    expect(first.code).toBe(0);
    const run = json<{ syncId: string }>(first.stdout);
    expect(run).toMatchObject({ status: 'completed', counts: { discovered: 2, unchanged: 2 } });
    expect(json((await shop.cli(args)).stdout)).toMatchObject({ syncId: run.syncId });
  });

  it('refuses what nobody can mean with 2 and one or two lines', async () => {
    for (const args of [
      ['sync'],
      ['sync', 'invoices'],
      ['sync', 'orders', '--mode', 'all'],
      ['sync', 'orders', '--ids', 'abc'],
      ['sync', 'orders', '--created-after', 'yesterday'],
      ['retry'],
      ['retry', '--all', '--recreate'],
      ['explain', 'invoices', '7'],
      ['status', '--limit', '0'],
      ['nonsense'],
    ]) {
      const { code, stdout, stderr } = await shop.cli(args);
      expect([args, code, stdout]).toEqual([args, 2, '']);
      expect(stderr).toMatch(/^tillstream: [^\n]+\n(\([^\n]+\)\n)?$/);
    }
  });

  it('changes one setting and leaves the rest', async () => {
    expect((await shop.cli(['settings', 'set', 'quickbooks.docNumberPrefix', 'W-'])).code).toBe(0);
    const settings = json((await shop.cli(['settings'])).stdout);
    expect(settings).toMatchObject({ orders: { createdFrom: 'all' }, quickbooks: { docNumberPrefix: 'W-' } });
    const wrong = await shop.cli(['settings', 'set', 'quickbooks.nothing', '1']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('quickbooks.nothing');
  });
});

describe('an active run', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.start({ orders: 30, latencyMs: 9_000 });
    await shop.connect();
  });
  afterAll(() => shop.close());

  it('is left going by Ctrl-C, and refuses another one with 4 and what to watch', async () => {
    const watched = await shop.cli(['trigger', 'orders', '--mode', 'full', '--wait'], { interruptAt: 'started.' });
    expect(watched).toMatchObject({ code: 130, stdout: '' });
    const runId = runIdIn(watched.stderr);
    expect(watched.stderr).toContain(`The run ${runId} goes on.`);
    const refused = await shop.cli(['trigger', 'orders']);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toMatch(/^tillstream: sync_already_running: [^\n]+\n {2}[^\n]+\n$/);
    expect(refused.stderr).toContain(`tillstream status ${runId}`);

    const now = await shop.cli(['status', runId, '--no-wait']);
    expect(now.code).toBe(0);
    expect(now.stdout).toContain(`Run ${runId} of orders (full) is running.`);
    expect(await shop.cli(['cancel', runId])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`The run ${runId} is being ended`),
    });
    const elsewhere = await shop.cli([
      'trigger',
      'orders',
      '--json',
      '--idempotency-key',
      'job-2',
      '--target',
      'supabase',
    ]);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stderr).toMatch(/^tillstream: connection_missing: /);
  });
});

describe('the command line without an instance', () => {
  it('prints the SQL that makes the tables, for any prefix and schema, and takes no other names', async () => {
    const { code, stdout, stderr } = await runCli(['supabase', 'schema', '--prefix', 'shop_', '--schema', 'store']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('shop_orders');
    expect(stdout).not.toContain('woo_');
    expect(json((await runCli(['supabase', 'schema', '--json'])).stdout)).toMatchObject({
      schema: 'public',
      prefix: 'woo_',
      sql: expect.stringContaining('woo_apply'),
    });
    const injection = await runCli(['supabase', 'schema', '--prefix', 'x"; drop table y; --']);
    expect(injection).toMatchObject({ code: 2, stdout: '' });
  });

  it('says in one line what to do', async () => {
    const folder = tempDir();
    const { code, stdout, stderr } = await runCli(['status'], { env: { TILLSTREAM_DATA: folder.path } });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^tillstream: instance_missing: .*npm start.*TILLSTREAM_URL and TILLSTREAM_API_KEY\.\n$/);
    const elsewhere = { TILLSTREAM_URL: 'http://127.0.0.1:9', TILLSTREAM_API_KEY: 'some-key' };
    const silent = await runCli(['status'], { env: elsewhere });
    expect(silent.stderr).toMatch(/^tillstream: api_unreachable: .*http:\/\/127\.0\.0\.1:9.*\n$/);
    const keyless = await runCli(['status'], {
      env: { TILLSTREAM_URL: 'http://127.0.0.1:9', TILLSTREAM_DATA: folder.path },
    });
    expect(keyless.stderr).toMatch(/^tillstream: api_key_missing: .*\n$/);
    folder.remove();
  });
});
