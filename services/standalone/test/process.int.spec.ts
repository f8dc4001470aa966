import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SystemClock } from '@tillstream/kernel';
import { eventually } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../src/client/api.js';
import { connect } from '../src/client/setup.js';
import { startWorld } from '../src/world/world.js';
import {
  MAIN,
  PROCESS_ADMIN_KEY,
  type ProductProcess,
  productEnvironment,
  startProcess,
} from '../src/supervised/process.js';

let dataDir: string;
let started: ProductProcess[];
beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-process-'));
  started = [];
});
afterEach(async () => {
  for (const child of started) child.signal('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  rmSync(dataDir, { recursive: true, force: true });
});

function start(env: Readonly<Record<string, string>> = {}): ProductProcess {
  const child = startProcess(MAIN, [], { ...productEnvironment(dataDir), ...env });
  started.push(child);
  return child;
}

describe('npm start as a process', () => {
  it('prints exactly the ready line on stdout and exits 0 on SIGTERM', async () => {
    const child = start();
    expect(await child.ready).toEqual({
      event: 'ready',
      httpUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      grpcUrl: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      dataDir,
      profile: 'embedded',
    });
    child.signal('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(child.stderr()).not.toContain(PROCESS_ADMIN_KEY);
  });

  it('leaves its address in the data folder while it runs, for its owner only', async () => {
    const child = start();
    const ready = await child.ready;
    const file = path.join(dataDir, 'instance.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ url: ready?.httpUrl, pid: child.pid });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    child.signal('SIGTERM');
    await child.ended;
    expect(existsSync(file)).toBe(false);
  });

  it('survives a second signal while it stops, and one that comes during the start', async () => {
    const child = start();
    child.signal('SIGTERM');
    await child.ready;
    child.signal('SIGINT');
    expect(await child.ended).toSatisfy((how) => how === 0 || how === 'SIGTERM');
  });

  it('exits 0 within ten seconds in the middle of a run, and the run goes on after the next start', async () => {
    const world = await startWorld({ clock: new SystemClock(), shop: { seed: 4, orders: 12 }, latencyMs: 50 });
    const first = start();
    const api = new ApiClient((await first.ready)?.httpUrl ?? '', PROCESS_ADMIN_KEY);
    await connect(api, world);
    const { syncId } = await api.expect<{ syncId: string }>([202], 'POST', '/api/sync/orders', { mode: 'full' });
    await eventually(async () => ((await api.run(syncId)).counts['created'] ?? 0) > 0, { timeoutMs: 20_000 });
    const began = performance.now();
    first.signal('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000);
    const second = start();
    const again = new ApiClient((await second.ready)?.httpUrl ?? '', PROCESS_ADMIN_KEY);
    await eventually(async () => (await again.run(syncId)).status === 'completed', { timeoutMs: 25_000 });
    await world.close();
  }, 60_000);

  it('refuses a folder in use, and starts on it after kill -9 of the other process', async () => {
    const first = start();
    await first.ready;
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toMatch(/^tillstream: data_in_use: [^\n]+\n$/);
    first.signal('SIGKILL');
    await first.ended;
    expect(await start().ready).toMatchObject({ event: 'ready' });
  });

  it.each([
    ['a wrong value', { TILLSTREAM_PORT: 'eighty' }, /TILLSTREAM_PORT must be .* e\.g\. TILLSTREAM_PORT=8080/],
    ['an unknown name', { TILLSTREAM_PROT: '1' }, /TILLSTREAM_PROT is unknown/],
    ['the profile that is not there yet', { TILLSTREAM_PROFILE: 'distributed' }, /TILLSTREAM_PROFILE/],
  ])('stops at %s with one message and no stack', async (_, env, message) => {
    const child = start(env);
    expect(await child.ended).toBe(1);
    expect(child.stderr()).toMatch(message);
    expect(child.stderr()).not.toMatch(/\n\s+at /);
  });

  it('says that the data folder cannot be used when a file lies in its place', async () => {
    const file = path.join(dataDir, 'not-a-folder');
    writeFileSync(file, '');
    const child = start({ TILLSTREAM_DATA: file });
    expect(await child.ended).toBe(1);
    expect(child.stderr()).toMatch(/^tillstream: data_not_writable: [^\n]+\n$/);
  });
});
