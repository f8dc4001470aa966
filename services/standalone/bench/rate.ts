import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadConfig } from '@tillstream/config';
import { createHttpClient, type HttpClient } from '@tillstream/http-client';
import { ManualClock, TransientError } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { type Figure, figure } from '@tillstream/testing';
import { ApiClient } from '../src/client/api.js';
import { connect } from '../src/client/setup.js';
import { startStandalone } from '../src/compose.js';
import { REALM_ID, startWorld, type World } from '../src/world/world.js';
import { INSTANT_SHOP, InstantRemotes } from './instant-remotes.js';
import { printedOrders, regularsShop } from './shop.js';

const ORDERS = 1600;
const ALLOWED_PER_MINUTE = 500;
const GOAL = 0.95;
const MINUTE_MS = 60_000;
const ADMIN_KEY = 'bench-admin-key-0123456789abcdef';
/** Turns of the event loop in which nothing must happen before time may move on. */
const QUIET_TURNS = 20;

/**
 * QuickBooks documents (invoices and payments) per minute of a virtual clock, against the 500 requests a minute that
 * QuickBooks allows, with its sandbox counting 500 a minute and 10 a second and answering 429 above. Time moves only
 * when nothing is under way, so the figure is the scheduler's and not this machine's. Whole minutes from the second one
 * on are counted: a sliding window lets the first 500 go faster.
 */
export async function rateFigures(): Promise<readonly Figure[]> {
  const clock = new ManualClock(Date.UTC(2026, 0, 5, 12));
  const shop = regularsShop(ORDERS);
  const world = await startWorld({ clock, shop: { seed: 5, orders: 1 } });
  const remotes = new CountedRemotes(
    new InstantRemotes(await printedOrders(shop)),
    createHttpClient({ clock, allowPrivateTargets: true }),
  );
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-rate-'));
  const config = loadConfig({
    TILLSTREAM_DATA: dataDir,
    TILLSTREAM_PORT: '0',
    TILLSTREAM_GRPC_PORT: '0',
    TILLSTREAM_ADMIN_KEY: ADMIN_KEY,
    TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
  });
  const product = await startStandalone({ config, clock, logger: SILENT_LOGGER, http: remotes });
  try {
    const api = new ApiClient(product.httpUrl, ADMIN_KEY);
    const { quickbooks } = world.connections;
    await connect(api, {
      connections: { quickbooks, woocommerce: { storeUrl: INSTANT_SHOP, consumerKey: 'ck', consumerSecret: 'cs' } },
    });
    await api.expect([202], 'POST', '/api/sync/orders', { mode: 'full', target: 'quickbooks' });
    const perMinute = await watch(clock, world, remotes, () => product.openWork());
    return figures(perMinute, world);
  } finally {
    await product.stop();
    await remotes.close();
    await world.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function figures(perMinute: readonly number[], world: World): Figure[] {
  const whole = perMinute.slice(1, -1);
  const rate = whole.reduce((sum, count) => sum + count, 0) / whole.length;
  const { throttled, accepted } = world.quickbooks.control.stats(REALM_ID);
  const ratio = rate / ALLOWED_PER_MINUTE;
  return [
    figure('QuickBooks documents a minute / 500 allowed', {
      value: ratio,
      digits: 3,
      goal: { atLeast: GOAL },
      detail: `documents in each virtual minute: ${perMinute.join(' ')}; ${accepted} requests in all`,
    }),
    figure('429s caused', {
      value: throttled,
      digits: 0,
      goal: { atMost: 0 },
      detail: 'counted by the sandbox, sliding windows of a minute and a second',
    }),
  ];
}

/** Moves the clock from timer to timer until all work is done; documents booked in each minute. */
async function watch(
  clock: ManualClock,
  world: World,
  remotes: CountedRemotes,
  openWork: () => number,
): Promise<number[]> {
  const began = clock.now();
  const done = () => world.quickbooks.control.ledger(REALM_ID).payments.length > ORDERS / 2 && openWork() === 0;
  for (let step = 0; ; step += 1) {
    await untilQuiet(remotes);
    if (step % 100 === 0 && done()) break;
    const next = clock.nextTimerAt();
    if (next === undefined) throw new TransientError('bench_stalled', 'nothing is under way and no timer is set');
    clock.advance(Math.max(0, next - clock.now()));
  }
  const { invoices, payments } = world.quickbooks.control.ledger(REALM_ID);
  const perMinute: number[] = [];
  for (const { createdAt } of [...invoices, ...payments]) {
    const minute = Math.floor((createdAt - began) / MINUTE_MS);
    if (minute >= 0) perMinute[minute] = (perMinute[minute] ?? 0) + 1;
  }
  return Array.from(perMinute, (count) => count ?? 0);
}

async function untilQuiet(remotes: CountedRemotes): Promise<void> {
  let quiet = 0;
  let seen = remotes.sent;
  while (quiet < QUIET_TURNS) {
    await new Promise((resolve) => setImmediate(resolve));
    quiet = remotes.inFlight === 0 && remotes.sent === seen ? quiet + 1 : 0;
    seen = remotes.sent;
  }
}

/** The instant shop, and the company's sandbox over real HTTP; counts what is under way. */
class CountedRemotes implements HttpClient {
  sent = 0;
  inFlight = 0;

  constructor(
    private readonly shop: HttpClient,
    private readonly company: HttpClient,
  ) {}

  async send(request: Parameters<HttpClient['send']>[0]): ReturnType<HttpClient['send']> {
    this.sent += 1;
    this.inFlight += 1;
    try {
      return await (request.url.startsWith(INSTANT_SHOP) ? this.shop : this.company).send(request);
    } finally {
      this.inFlight -= 1;
    }
  }

  close(): Promise<void> {
    return this.company.close();
  }
}
