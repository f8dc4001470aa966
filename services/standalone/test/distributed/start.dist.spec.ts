import { execFileSync } from 'node:child_process';
import { generateMasterKey } from '@tillstream/credentials';
import { distributedStack, eventually, ownServer } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Place } from '../../src/distributed/place.js';
import { SERVICES } from '../../src/distributed/roster.js';
import {
  MAIN,
  PROCESS_ADMIN_KEY,
  type ProductProcess,
  productEnvironment,
  startProcess,
} from '../../src/supervised/process.js';
import { pause } from '../../src/supervised/through-deaths.js';

const DIST = `${import.meta.dirname.replace(/\/services\/.*$/, '')}/services`;
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function newPlace(): Promise<Place> {
  const stack = await distributedStack();
  cleanups.push(() => stack.stop());
  const place = new Place({ brokers: stack.brokers.join(','), mongoUri: stack.mongoUri });
  cleanups.push(() => place.remove());
  return place;
}

/** The projector's own main, as a container runs it, at a port that is known before it is ready. */
function startProjector(environment: Readonly<Record<string, string>>, port: number): ProductProcess {
  const child = startProcess(`${DIST}/projector/dist/src/main.js`, [], {
    LOG_LEVEL: 'warn',
    TILLSTREAM_PORT: String(port),
    TILLSTREAM_ADMIN_KEY: PROCESS_ADMIN_KEY,
    TILLSTREAM_MASTER_KEY: generateMasterKey(),
    ...environment,
  });
  cleanups.push(async () => {
    child.signal('SIGKILL');
    await child.ended;
  });
  return child;
}

async function readiness(port: number): Promise<{ readonly status: number; readonly reasons: string }> {
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
  const { reasons } = (await answer.json()) as { readonly reasons: readonly string[] };
  return { status: answer.status, reasons: reasons.join(' ') };
}

let nextPort = 20_000 + (process.pid % 20_000);

/** Waits until readiness names `reason`, then that the process tries on at an unhurried pace. */
async function expectPatience(child: ProductProcess, port: number, reason: RegExp): Promise<void> {
  await eventually(async () => reason.test((await readiness(port)).reasons), { timeoutMs: 40_000, intervalMs: 100 });
  expect((await readiness(port)).status).toBe(503);
  const before = attempts(child);
  await pause(4000);
  expect(attempts(child) - before).toBeLessThan(10);
  expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
}

const attempts = (child: ProductProcess): number =>
  child
    .stderr()
    .split('\n')
    .filter((line) => /trying again|not usable yet/.test(line)).length;

describe('a service whose servers are not as they must be', () => {
  it('without its topics says which are missing, lives on, and works once they are there', async () => {
    const place = await newPlace();
    const port = (nextPort += 1);
    const child = startProjector(place.environment, port);
    await expectPatience(child, port, /Kafka does not have these topics/);
    await place.createTopics();
    expect((await child.ready)?.httpUrl).toContain(String(port));
    await eventually(async () => (await readiness(port)).status === 200, { timeoutMs: 30_000, intervalMs: 100 });
    child.signal('SIGTERM');
    expect(await child.ended).toBe(0);
  });

  it('with wrong credentials for the broker says so, lives on and ends when told to', async () => {
    const place = await newPlace();
    const broker = await ownServer('kafka', { users: { shop: 'right' } });
    cleanups.push(() => broker.stop());
    const port = (nextPort += 1);
    const child = startProjector(
      {
        ...place.environment,
        KAFKA_BROKERS: broker.address,
        KAFKA_SASL_MECHANISM: 'plain',
        KAFKA_SASL_USERNAME: 'shop',
        KAFKA_SASL_PASSWORD: 'wrong-secret-word',
      },
      port,
    );
    await expectPatience(child, port, /credentials|authenticat/i);
    expect(child.stderr()).not.toContain('wrong-secret-word');
    child.signal('SIGTERM');
    expect(await child.ended).toBe(0);
  });

  it('with an address where no document store is says so, lives on, and never shows the password in it', async () => {
    const place = await newPlace();
    await place.createTopics();
    const port = (nextPort += 1);
    const uri = 'mongodb://shop:secret-word@127.0.0.1:9/tillstream';
    const child = startProjector({ ...place.environment, MONGODB_URI: uri }, port);
    await expectPatience(child, port, /mongodb: .*(ECONNREFUSED|cannot be reached|not reachable|no answer)/i);
    expect(child.stderr()).not.toContain('secret-word');
    child.signal('SIGTERM');
    expect(await child.ended).toBe(0);
  });

  it('in the wrong profile, or without a key, ends with one sentence', async () => {
    const place = await newPlace();
    const embedded = startProjector({ ...place.environment, TILLSTREAM_PROFILE: 'embedded' }, 0);
    expect(await embedded.ended).toBe(1);
    expect(embedded.stderr()).toMatch(/^tillstream projector: profile_unavailable: .*TILLSTREAM_PROFILE=distributed/);
    const keyless = startProjector({ ...place.environment, TILLSTREAM_MASTER_KEY: '' }, 0);
    expect(await keyless.ended).toBe(1);
    expect(keyless.stderr()).toContain('TILLSTREAM_MASTER_KEY is required');
  });
});

describe('npm start in the distributed profile', () => {
  async function startAll() {
    const place = await newPlace();
    const child = startProcess(MAIN, [], {
      ...productEnvironment(''),
      TILLSTREAM_MASTER_KEY: generateMasterKey(),
      ...place.environment,
    });
    cleanups.push(async () => {
      child.signal('SIGTERM');
      await child.ended;
    });
    const ready = await child.ready;
    return { child, ready, services: servicesOf(child.pid) };
  }

  it('runs every service as a process, says where the API is, brings back what dies, and ends them all with 0', async () => {
    const { child, ready, services } = await startAll();
    expect(ready).toMatchObject({
      httpUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      grpcUrl: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      dataDir: null,
      profile: 'distributed',
    });
    expect(services.length).toBe(SERVICES.length);
    const [victim = 0] = services;
    process.kill(victim, 'SIGKILL');
    await eventually(
      () => {
        const now = servicesOf(child.pid);
        return now.length === SERVICES.length && !now.includes(victim);
      },
      { timeoutMs: 20_000, intervalMs: 100 },
    );
    const last = servicesOf(child.pid);
    child.signal('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(last.filter(isAlive)).toEqual([]);
  });

  it('leaves no service behind when it is killed itself', async () => {
    const { child, services } = await startAll();
    child.signal('SIGKILL');
    await child.ended;
    expect(services.length).toBe(SERVICES.length);
    await eventually(() => services.every((pid) => !isAlive(pid)), { timeoutMs: 15_000, intervalMs: 100 });
    expect(services.filter(isAlive)).toEqual([]);
  });
});

/** Process ids of the services that `pid` started. */
function servicesOf(pid: number): number[] {
  const list = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return list.split('\n').flatMap((line) => {
    const [id, parent, ...args] = line.trim().split(/\s+/);
    return Number(parent) === pid && args.join(' ').includes('/dist/src/main.js') ? [Number(id)] : [];
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
