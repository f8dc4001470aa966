import { type RebuildView, NO_COUNTS } from '@tillstream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanLine, RunView } from '../src/api/views.js';
import { StubApi } from './support/stub-api.js';

const RUN: RunView = {
  syncId: 'run_1',
  entity: 'orders',
  mode: 'full',
  target: 'all',
  dryRun: false,
  status: 'completed',
  trigger: { type: 'cli', id: 'key_1' },
  counts: { ...NO_COUNTS, discovered: 2, created: 2 },
  perTarget: { supabase: { ...NO_COUNTS, discovered: 2, created: 2 } },
  errors: [],
  requestedAt: '2026-01-05T12:00:00.000Z',
  startedAt: '2026-01-05T12:00:00.000Z',
  finishedAt: '2026-01-05T12:00:02.000Z',
  cursor: { from: null, to: null },
  remoteCalls: { woocommerce: 1, quickbooks: 0, supabase: 1 },
  failure: null,
};

const LINE: PlanLine = {
  entity: 'orders',
  entityId: '1042',
  sourceId: 'woo:1042',
  sourceNumber: '1042',
  target: 'quickbooks',
  action: 'create',
  reason: null,
  message: null,
  diff: [],
  predictedTotal: { amountMinor: 4_428, currency: 'USD' },
  predictedCalls: 3,
};

let api: StubApi;
beforeEach(async () => {
  api = await StubApi.start();
});
afterEach(() => api.close());

const list = (items: readonly unknown[], nextCursor: string | null = null) => ({ body: { items, nextCursor } });

describe('starting a run', () => {
  beforeEach(() => {
    api.answer('POST /api/sync/orders', { status: 202, body: { syncId: 'run_1' } });
  });

  it('asks for what the options say, with the key, as the command line', async () => {
    const args = [
      'sync',
      'orders',
      '--no-wait',
      '--mode',
      'full',
      '--target',
      'supabase',
      '--ids',
      '7,8',
      '--ids',
      '9',
    ];
    const filters = [
      '--status',
      'completed',
      '--created-after',
      '2026-01-01',
      '--modified-after',
      '2026-01-02T03:04:05Z',
    ];
    expect(await api.cli([...args, ...filters])).toEqual({ code: 0, stdout: 'run_1\n', stderr: '' });
    expect(api.asked).toMatchObject([
      {
        headers: { authorization: 'Bearer key-of-the-test', 'user-agent': expect.stringMatching(/^tillstream-cli\//) },
        body: {
          mode: 'full',
          target: 'supabase',
          dryRun: false,
          ids: ['7', '8', '9'],
          filters: {
            status: ['completed'],
            createdAfter: '2026-01-01T00:00:00Z',
            modifiedAfter: '2026-01-02T03:04:05Z',
          },
        },
      },
    ]);
  });

  it.each([
    ['completed', 0],
    ['completed_with_errors', 3],
    ['failed', 1],
    ['cancelled', 1],
  ] as const)('ends as the run does: %s is %i', async (status, code) => {
    const failure = status === 'failed' ? { code: 'source_unavailable', message: 'The shop does not answer.' } : null;
    const running = { ...RUN, status: 'running', finishedAt: null };
    api.answer('GET /api/sync/status/run_1', { body: running }, { body: { ...RUN, status, failure } });
    const result = await api.cli(['trigger', 'orders', '--wait']);
    expect(result.code).toBe(code);
    expect(result.stdout.includes('\nsource_unavailable: The shop does not answer.\n')).toBe(failure !== null);
  });

  it('is watched through a moment in which the instance cannot answer', async () => {
    const unavailable = { status: 503, body: { code: 'unavailable', detail: 'Try again.' } };
    api.answer('GET /api/sync/status/run_1', unavailable, { body: RUN });
    expect((await api.cli(['trigger', 'orders', '--wait'])).code).toBe(0);
  });

  it('as a dry run shows its plan: by target and action, then record by record', async () => {
    api.answer('GET /api/sync/status/run_1', { body: { ...RUN, dryRun: true } });
    const hold = {
      ...LINE,
      action: 'hold' as const,
      reason: 'tax_unmapped',
      message: 'No code.',
      predictedTotal: null,
    };
    api.answer('GET /api/sync/status/run_1/plan', list([LINE], 'more'), list([{ ...hold, predictedCalls: 0 }]));
    const { code, stdout } = await api.cli(['sync', 'orders', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout.slice(stdout.indexOf('Nothing'))).toBe(
      [
        'Nothing was written. A run like this would do:',
        'target      action  records  writing requests',
        'QuickBooks  create        1                 3',
        'QuickBooks  hold          1                 0',
        '',
        'record      target      action      total  requests  what',
        'order 1042  quickbooks  create  44.28 USD         3',
        'order 1042  quickbooks  hold            -         0  tax_unmapped: No code.',
        '',
      ].join('\n'),
    );
    expect(api.asked[0]).toMatchObject({ body: { dryRun: true } });
    const json = await api.cli(['status', 'run_1', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ syncId: 'run_1', plan: [{ action: 'hold' }] });
  });

  it('without a start date is told what would be booked and how to choose', async () => {
    const body = { code: 'start_date_missing', detail: 'Choose first.', ordersPerYear: { 2024: 10, 2025: 20 } };
    api.answer('POST /api/sync/orders', { status: 409, body });
    expect(await api.cli(['sync', 'orders'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'tillstream: start_date_missing: Choose first.\n  Orders per year: 2024: 10, 2025: 20. Choose with: tillstream settings set orders.createdFrom <date>|all\n',
    });
  });
});

describe('the overview', () => {
  const storage = {
    dataBytes: 2_500_000,
    logBytes: 1_500_000,
    walBytes: 0,
    records: 1,
    topics: [{ topic: 't', records: 1, bytes: null, retentionDays: 30, oldestAt: '2026-01-05T12:00:00.000Z' }],
  };

  it('shows recent runs and the size of the data folder', async () => {
    api.answer('GET /api/sync/status', list([RUN])).answer('GET /api/storage', { body: storage });
    const { code, stdout } = await api.cli(['status']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^run_1 +orders +full +completed +2026-01-05 12:00:00 UTC +2 +2 +0 +0$/m);
    expect(stdout).toContain('Data folder: 2.5 MB; of it the log 1.5 MB (1 record since 2026-01-05 12:00:00 UTC)');
    expect(stdout).toContain('requests and commands for 30 days');
    expect(JSON.parse((await api.cli(['status', '--json'])).stdout)).toEqual({ runs: [RUN], storage });
  });

  it('does without the sizes where the key may not see them', async () => {
    api.answer('GET /api/sync/status', list([]));
    api.answer('GET /api/storage', { status: 403, body: { code: 'forbidden', detail: 'no' } });
    expect(await api.cli(['status'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^No run yet/),
    });
  });
});

describe('a rebuild', () => {
  const view: RebuildView = {
    rebuildId: 'rebuild_1',
    status: 'completed',
    documents: 12,
    compared: 12,
    differences: [],
    differenceCount: 0,
    switched: true,
    startedAt: '2026-01-05T12:00:00.000Z',
    finishedAt: '2026-01-05T12:00:02.000Z',
    failure: null,
  };
  const rebuild = async (last: Partial<RebuildView>) => {
    api.answer('POST /api/rebuilds', { status: 202, body: { rebuildId: 'rebuild_1' } });
    const running = { ...view, status: 'running', finishedAt: null, documents: 3 };
    api.answer('GET /api/rebuilds/rebuild_1', { body: running }, { body: { ...view, ...last } });
    return api.cli(['rebuild']);
  };

  it('is waited for and told', async () => {
    const { code, stdout, stderr } = await rebuild({});
    expect([code, stdout]).toEqual([
      0,
      '12 documents rebuilt from the log, 12 compared in 2.0 s: no difference. The rebuilt ones are in use.\n',
    ]);
    expect(stderr).toContain('Rebuild rebuild_1 started');
  });

  it('that found differences lists them and ends with 3, one that failed with 1', async () => {
    const differences = [{ collection: 'read_runs', id: 'run_1', path: 'counts.created' }];
    const differing = await rebuild({ differences, differenceCount: 1 });
    expect(differing.code).toBe(3);
    expect(differing.stdout).toMatch(/^read_runs +run_1 +counts\.created$/m);
    const failed = await rebuild({ status: 'failed', failure: 'the disk is full' });
    expect([failed.code, failed.stdout]).toEqual([
      1,
      'The rebuild failed: the disk is full. What was there stays in use.\n',
    ]);
  });
});

describe('connections', () => {
  it('that do not work end the test with 1; what only tells something does not', async () => {
    const platforms = ['woocommerce', 'supabase'].map((platform) => ({
      platform,
      status: 'unverified',
      identity: platform,
    }));
    api.answer('GET /api/connections', list(platforms));
    const check = (name: string, ok: boolean) => ({ name, ok, detail: `about ${name}` });
    const shop = { ok: true, checks: [check('https', false)], latencyMs: 1 };
    const project = { ok: false, checks: [check('tables', false)], latencyMs: 1 };
    api.answer('POST /api/connections/woocommerce/test', { body: shop });
    api.answer('POST /api/connections/supabase/test', { body: project });
    const { code, stdout } = await api.cli(['connections', 'test']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^woocommerce +https +note +about https$/m);
    expect(stdout).toMatch(/^supabase +tables +NOT OK +about tables$/m);
    expect((await api.cli(['connections', 'test', 'woocommerce'])).code).toBe(0);
  });

  it('are read from stdin, which is not repeated when it is no JSON', async () => {
    api.answer('PUT /api/connections/supabase', { body: { platform: 'supabase' } });
    const body = { databaseUrl: 'postgres://u:the-password@db.example.com/postgres' };
    const stored = await api.cli(['connections', 'set', 'supabase', '--replace-identity'], {
      stdin: JSON.stringify(body),
    });
    expect(stored.code).toBe(0);
    expect(api.asked).toMatchObject([{ url: '/api/connections/supabase?replaceIdentity=true', body }]);
    const broken = await api.cli(['connections', 'set', 'supabase'], { stdin: '{"databaseUrl": "the-password' });
    expect([broken.code, broken.stdout]).toEqual([2, '']);
    expect(stored.stdout + stored.stderr + broken.stderr).not.toContain('the-password');
  });
});

describe('an instance that answers strangely', () => {
  it('is told in one line, whatever it says', async () => {
    api.answer('GET /api/sync/status/run_1', { status: 500, body: 'a\u001b[2Jpage' });
    const { code, stdout, stderr } = await api.cli(['status', 'run_1']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe('tillstream: http_500: GET /api/sync/status/run_1 was answered with HTTP 500\n');
    const detail = 'two\nlines \u001b[31mred';
    api.answer('GET /api/sync/status/run_1', { status: 503, body: { code: 'unavailable', detail } });
    expect((await api.cli(['status', 'run_1'])).stderr).toBe('tillstream: unavailable: two lines [31mred\n');
  });
});
