import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The package as it is built: specs run from source, but a process of its own runs what `npm start` runs. */
const BUILT = path.join(fileURLToPath(new URL('.', import.meta.url)).replace(/\/standalone\/.*$/, '/standalone/dist/'));
export const MAIN = path.join(BUILT, 'src/main.js');
export const SUPERVISED_CHILD = path.join(BUILT, 'src/supervised/child.js');

export const PROCESS_ADMIN_KEY = 'process-admin-key-0123456789abcdef';

export interface ReadyLine {
  readonly event: 'ready';
  readonly httpUrl: string;
  readonly grpcUrl: string | null;
  /** null in the distributed profile. */
  readonly dataDir: string | null;
  readonly profile: string;
}

/** The product in a process of its own. */
export interface ProductProcess {
  readonly pid: number;
  /** Resolves with the ready line, or undefined when the process ended before. */
  readonly ready: Promise<ReadyLine | undefined>;
  /** Resolves with exit code or signal when the process is gone. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** The last of what it said on stderr. */
  stderr(): string;
  signal(name: NodeJS.Signals): void;
}

/** `tell`: what it says on stderr also goes to ours. */
export function startProcess(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { tell = false }: { readonly tell?: boolean } = {},
): ProductProcess {
  const child = spawn(process.execPath, [file, ...args], {
    // The channel: it notices when we are gone.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-8000);
    if (tell) process.stderr.write(chunk);
  });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
  return {
    pid: child.pid ?? 0,
    ready: Promise.race([readyLine(child), ended.then(() => undefined)]),
    ended,
    stderr: () => said,
    signal: (name) => child.kill(name),
  };
}

/** What every process of the product needs to run against sandboxes on free ports. */
export function productEnvironment(dataDir: string): Record<string, string> {
  return {
    LOG_LEVEL: 'warn',
    TILLSTREAM_DATA: dataDir,
    TILLSTREAM_PORT: '0',
    TILLSTREAM_GRPC_PORT: '0',
    TILLSTREAM_ADMIN_KEY: PROCESS_ADMIN_KEY,
    TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
  };
}

async function readyLine(child: ChildProcess): Promise<ReadyLine | undefined> {
  if (!child.stdout) return undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"event":"ready"')) return JSON.parse(line) as ReadyLine;
  }
  return undefined;
}
