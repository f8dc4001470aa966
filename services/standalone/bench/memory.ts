import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SystemClock, TransientError } from '@tillstream/kernel';
import { type Figure, figure } from '@tillstream/testing';
import { ApiClient } from '../src/client/api.js';
import { connect } from '../src/client/setup.js';
import { syncThrough } from '../src/demo/sync.js';
import { PROCESS_ADMIN_KEY, productEnvironment, startProcess, SUPERVISED_CHILD } from '../src/supervised/process.js';
import { startWorld } from '../src/world/world.js';

const SMALL = 1_000;
const LARGE = 5_000;
const LARGEST_RATIO = 1.3;
const LARGEST_MB = 400;
/** The company's own limit would make the large backfill last 20 minutes; what is measured is memory, not rate. */
const UNLIMITED = { perMinute: null, perSecond: null, inFlight: null } as const;

/** Peak resident memory of the product as a process of its own (Linux, from /proc) while it brings a whole shop over. */
export async function memoryFigures(): Promise<readonly Figure[]> {
  const small = await backfill(SMALL);
  const large = await backfill(LARGE);
  const ratio = large.peakMb / small.peakMb;
  const detail =
    `${SMALL} orders: ${small.peakMb.toFixed(0)} MB in ${small.seconds.toFixed(0)} s; ` +
    `${LARGE} orders: ${large.peakMb.toFixed(0)} MB in ${large.seconds.toFixed(0)} s; both targets`;
  return [
    figure(`peak memory, backfill of ${LARGE} / of ${SMALL} orders`, {
      value: ratio,
      digits: 2,
      goal: { atMost: LARGEST_RATIO },
      detail,
    }),
    figure(`peak memory, backfill of ${LARGE} orders, MB`, {
      value: large.peakMb,
      digits: 0,
      goal: { atMost: LARGEST_MB },
      detail,
    }),
  ];
}

async function backfill(orders: number): Promise<{ readonly peakMb: number; readonly seconds: number }> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-memory-'));
  const world = await startWorld({
    clock: new SystemClock(),
    shop: { seed: 7, orders },
    company: { limits: UNLIMITED },
    supabase: {},
  });
  const options = { quickbooks: { perMinute: null, perSecond: null } };
  const child = startProcess(SUPERVISED_CHILD, [JSON.stringify(options)], productEnvironment(dataDir));
  try {
    const ready = await child.ready;
    if (!ready) throw new TransientError('bench_no_start', `the product ended before it was ready:\n${child.stderr()}`);
    const api = new ApiClient(ready.httpUrl, PROCESS_ADMIN_KEY);
    await connect(api, world);
    const { run, seconds } = await syncThrough(
      { api: () => Promise.resolve(api) },
      { entity: 'orders', patienceMs: 15 * 60_000 },
    );
    if (run.status !== 'completed') throw new TransientError('bench_run_failed', JSON.stringify(run).slice(0, 500));
    return { peakMb: peakMegabytes(child.pid), seconds };
  } finally {
    child.signal('SIGTERM');
    await child.ended;
    await world.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function peakMegabytes(pid: number): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1024;
}
