import { createHttpClient, type HttpClient } from '@tillstream/http-client';
import { SystemClock, SystemIds } from '@tillstream/kernel';
import { generateShop, SANDBOX_READ_KEY, WooSandbox } from '@tillstream/sandbox';
import { TOPICS } from '@tillstream/contracts';
import { eventually } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wooSource } from '../src/index.js';
import { Harness } from './support/harness.js';

const clock = new SystemClock(50);
/** Three seconds of this clock are 60 ms: less than a few requests take while the machine is busy. These are 20 s. */
const COUNT_PATIENCE_MS = 1_000_000;
const generated = generateShop({ seed: 7, orders: 150, planted: { source_invalid: 1 } });

let shop: WooSandbox;
let http: HttpClient;
let service: Harness;

beforeEach(async () => {
  shop = await WooSandbox.start({ clock, shop: generated });
  http = createHttpClient({ clock, allowPrivateTargets: true });
  const ids = new SystemIds(clock);
  service = new Harness(wooSource({ http, clock, ids }), { limits: { countPatienceMs: COUNT_PATIENCE_MS } });
  const { consumerKey: key, consumerSecret: secret } = SANDBOX_READ_KEY;
  await service.connect({ storeUrl: shop.url, key, secret });
  await service.settings();
  await service.start();
});
afterEach(async () => {
  await service.close();
  await http.close();
  await shop.close();
});

const wanted = ['processing', 'completed', 'refunded'];
const selected = () => shop.orders().filter(({ status }) => wanted.includes(status));

describe('a generated shop over HTTP', () => {
  it('is read once, completely, while its pages fail; what cannot be read is held', async () => {
    shop.faults.add({ kind: 'html', status: 503, path: '/orders', times: 2 });
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    const progress = await service.progress('run_1');
    expect(progress?.counts).toMatchObject({ discovered: selected().length, held: 1, pending: 0 });
    expect(progress?.remoteCalls.woocommerce).toBe(shop.calls.length);
    expect(service.writer.documents.size).toBe(selected().length - 1);
    expect(shop.writes()).toBe(0);

    await service.request({ syncId: 'run_2' });
    await service.finished('run_2');
    expect((await service.progress('run_2'))?.counts).toMatchObject({ unchanged: selected().length - 1, held: 1 });
  });

  it('is watched for orders that are thrown away or deleted after they were written', async () => {
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    const written = selected().filter(({ id }) => service.writer.documents.has(`woo:${id}`));
    const [trashed = 0, deleted = 0] = written.map(({ id }) => id);
    const before = selected().length;
    shop.mutate({ action: 'trash', id: trashed });
    shop.mutate({ action: 'forceDelete', id: deleted });
    await service.request({ syncId: 'run_2' });
    await service.finished('run_2');
    expect((await service.progress('run_2'))?.counts).toMatchObject({ discovered: before, held: 3, pending: 0 });
    const failures = await service.events(TOPICS.events.name, 'FailureRecorded');
    const cancelled = failures.filter(({ facts }) => facts.problem.code === 'order_cancelled');
    expect(cancelled.map(({ facts }) => facts.sourceId).sort()).toEqual([`woo:${trashed}`, `woo:${deleted}`].sort());
  });

  it('says how many orders per year it would book before a start date is chosen', async () => {
    await service.settings({ orders: { createdFrom: null } });
    await service.request({ syncId: 'run_1' });
    const [refused] = await eventually(
      async () => {
        const all = await service.events(TOPICS.runs.name, 'RunRefused');
        return all.length > 0 ? all : undefined;
      },
      { timeoutMs: 20_000 },
    );
    const perYear: Record<string, number> = {};
    for (const { dateCreated } of selected()) {
      const year = dateCreated.slice(0, 4);
      perYear[year] = (perYear[year] ?? 0) + 1;
    }
    expect(refused?.facts.ordersPerYear).toEqual(perYear);
  });

  it('is not read with a wrong key: the run fails at once and says why', async () => {
    await service.connect({ storeUrl: shop.url, key: 'ck_wrong', secret: 'cs_wrong' });
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    expect(await service.progress('run_1')).toMatchObject({
      status: 'failed',
      failure: { code: 'source_auth_failed' },
    });
  });
});
