import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SystemClock, TransientError } from '@tillstream/kernel';
import { type Figure, figure, listed, median } from '@tillstream/testing';
import { ApiClient } from '../src/client/api.js';
import { connect } from '../src/client/setup.js';
import { syncThrough } from '../src/demo/sync.js';
import { startWorld } from '../src/world/world.js';
import { MAIN, PROCESS_ADMIN_KEY, productEnvironment, startProcess } from '../src/supervised/process.js';
import { cpuSeconds, pause, residentMegabytes } from './process-usage.js';

const IDLE_MS = 60_000;
const STARTS = 5;

/**
 * `npm start` as a process of its own (Linux, from /proc): time from start to the ready line, and after it has carried
 * some orders and been left alone for 60 s: CPU of one core and resident memory.
 */
export async function idleFigures(): Promise<readonly Figure[]> {
  const starts: number[] = [];
  for (let round = 0; round < STARTS; round += 1) starts.push(await startOnce());
  const { cpuPercent, megabytes } = await leaveAlone();
  const seconds = median(starts);
  return [
    figure('start to ready, seconds', {
      value: seconds,
      digits: 2,
      goal: { below: 2 },
      detail: `median of ${STARTS}: ${listed(starts, 2)}`,
    }),
    figure('idle CPU, % of a core', {
      value: cpuPercent,
      digits: 2,
      goal: { below: 2 },
      detail: 'over 60 s, after a run of 60 orders',
    }),
    figure('idle memory, MB', {
      value: megabytes,
      digits: 0,
      goal: { below: 200 },
      detail: 'resident, after the same 60 s',
    }),
  ];
}

async function launch(dataDir: string): Promise<{ pid: number; url: string; stop(): Promise<void> }> {
  const child = startProcess(MAIN, [], productEnvironment(dataDir));
  const ready = await child.ready;
  if (!ready) throw new TransientError('bench_no_start', `npm start ended before it was ready:\n${child.stderr()}`);
  const stop = async () => {
    child.signal('SIGTERM');
    await child.ended;
  };
  return { pid: child.pid, url: ready.httpUrl, stop };
}

async function startOnce(): Promise<number> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-start-'));
  try {
    const began = performance.now();
    const product = await launch(dataDir);
    const seconds = (performance.now() - began) / 1000;
    await product.stop();
    return seconds;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function leaveAlone(): Promise<{ cpuPercent: number; megabytes: number }> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-idle-'));
  const world = await startWorld({ clock: new SystemClock(), shop: { seed: 3, orders: 60 } });
  const product = await launch(dataDir);
  try {
    const api = new ApiClient(product.url, PROCESS_ADMIN_KEY);
    await connect(api, world);
    await syncThrough({ api: () => Promise.resolve(api) }, { entity: 'orders', target: 'quickbooks' });
    await pause(5_000);
    const before = cpuSeconds(product.pid);
    await pause(IDLE_MS);
    const used = cpuSeconds(product.pid) - before;
    return { cpuPercent: (used * 100 * 1000) / IDLE_MS, megabytes: residentMegabytes(product.pid) };
  } finally {
    await product.stop();
    await world.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
