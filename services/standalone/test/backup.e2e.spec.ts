import path from 'node:path';
import { loadConfig } from '@tillstream/config';
import { SystemClock } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { backupEmbedded, restoreEmbedded } from '@tillstream/sqlite';
import { eventually, tempDir } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agrees, audit } from '../src/audit/audit.js';
import type { MirrorProblem } from '../src/audit/mirror.js';
import { ApiClient, isFinal } from '../src/client/api.js';
import { connect } from '../src/client/setup.js';
import { startStandalone } from '../src/compose.js';
import { syncThrough } from '../src/demo/sync.js';
import { checkRebuild } from '../src/rebuild-check/check.js';
import { auditInput, heldOrders } from '../src/world/books.js';
import { compareMirror } from '../src/world/mirror.js';
import { noteRowChanges } from '../src/world/row-changes.js';
import { REALM_ID, startWorld, type World } from '../src/world/world.js';
import { ADMIN_KEY, LIMITS, SELECTED } from './support/product.js';

const CLOCK_FACTOR = 60;

describe('an instance restored from a backup', () => {
  const clock = new SystemClock(CLOCK_FACTOR);
  let world: World;
  let folder: ReturnType<typeof tempDir>;
  beforeEach(async () => {
    folder = tempDir();
    world = await startWorld({
      clock,
      shop: { seed: 31, orders: 30, planted: 3 },
      company: { limits: LIMITS },
      supabase: {},
    });
  }, 60_000);
  afterEach(async () => {
    await world.close();
    folder.remove();
  });

  async function running<T>(name: string, use: (api: ApiClient) => Promise<T>): Promise<T> {
    const config = loadConfig({
      TILLSTREAM_DATA: path.join(folder.path, name),
      TILLSTREAM_PORT: '0',
      TILLSTREAM_GRPC_PORT: '0',
      TILLSTREAM_ADMIN_KEY: ADMIN_KEY,
      TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
    });
    const product = await startStandalone({ config, clock, logger: SILENT_LOGGER });
    try {
      return await use(new ApiClient(product.httpUrl, ADMIN_KEY));
    } finally {
      await product.stop();
    }
  }

  const sync = (api: ApiClient) => syncThrough({ api: () => Promise.resolve(api) }, { entity: 'orders' });

  /** Of the orders' rows; products and customers were not asked for here. */
  async function mirrorProblems(): Promise<readonly MirrorProblem[]> {
    if (!world.supabase) throw new RangeError('no Supabase');
    const { problems } = await compareMirror(world.woo, world.supabase.control, SELECTED);
    return problems.filter(({ table }) => table === 'woo_orders' || table === 'woo_order_refunds');
  }

  /** A new paid order, like one the shop has. */
  function order(index: number): void {
    const like = world.generated.orders.filter(({ status }) => status === 'processing')[index];
    if (!like) throw new RangeError('no such order');
    const { billing, draft, money } = like;
    world.woo.mutate({ action: 'add', order: { status: 'processing', billing, draft, money, paidAt: clock.now() } });
  }

  it('made in the middle of a run knows nothing of what was written since, and books nothing twice', async () => {
    const file = path.join(folder.path, 'shop.backup');
    let syncIdOfBackup = '';
    await running('first', async (api) => {
      await connect(api, world);
      await sync(api);
      if (world.supabase) await noteRowChanges(world.supabase.control, 'woo_');
      order(0);
      order(1);
      const started = await api.expect<{ syncId: string }>([202], 'POST', '/api/sync/orders', { mode: 'full' });
      await backupEmbedded({ dataDir: path.join(folder.path, 'first'), file, includeKeys: true });
      syncIdOfBackup = started.syncId;
      // The backup is older than this: more orders are booked that it cannot know.
      while (!isFinal(await api.run(started.syncId))) order(2);
      await sync(api);
    });
    const written = world.quickbooks.control.ledger(REALM_ID).invoices.length;
    await restoreEmbedded({ dataDir: path.join(folder.path, 'second'), file, force: false });
    await running('second', async (api) => {
      // The run of the backup goes on by itself.
      await eventually(async () => isFinal(await api.run(syncIdOfBackup)), { timeoutMs: 20_000 });
      await sync(api);
      const { run } = await sync(api);
      expect(run.perTarget['supabase']).toMatchObject({ failed: 0, held: 0, pending: 0 });
      const held = heldOrders(await api.failures(['open']));
      const ledger = world.quickbooks.control.ledger(REALM_ID);
      const report = audit(auditInput(world.woo.orders(), ledger, held, SELECTED));
      expect(report.problems).toEqual([]);
      expect(agrees(report)).toBe(true);
      expect(ledger.invoices.length).toBe(written);
    });
    expect(await mirrorProblems()).toEqual([]);
    expect((await checkRebuild(path.join(folder.path, 'second'))).ok).toBe(true);
  }, 120_000);
});
