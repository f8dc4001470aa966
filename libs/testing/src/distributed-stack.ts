import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { PermanentError } from '@tillstream/kernel';

/** A real Kafka broker and a MongoDB-compatible server. */
export interface DistributedStack {
  readonly brokers: readonly string[];
  readonly mongoUri: string;
  /** Topics of one spec file begin with this; also a good name for its database. Made anew by every call. */
  readonly prefix: string;
  /** Ends what this call started; servers that were there before are left alone. */
  stop(): Promise<void>;
}

/** One server of its own, to be killed, paused and started again. Needs Java or Python here, also where a stack is given. */
export interface OwnServer {
  /** `host:port` of the broker, or the `mongodb://` address. */
  readonly address: string;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Starts it again over its data on the same port; resolves when it answers. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface StackReport {
  readonly kafkaBrokers: string | null;
  readonly mongoUri: string | null;
}

/**
 * The stack of this test run: KAFKA_BROKERS and MONGODB_URI where both are set (`npm run test:distributed` sets them),
 * else one that is started here. Rejects with `stack_unavailable` and what is missing; never skips.
 */
export async function distributedStack(): Promise<DistributedStack> {
  const { KAFKA_BROKERS: brokers, MONGODB_URI: mongoUri } = process.env;
  const prefix = uniqueName();
  if (brokers && mongoUri) return { brokers: brokers.split(','), mongoUri, prefix, stop: async () => undefined };
  const name = uniqueName();
  const stack = await command<StackReport>('up', '--name', name, '--owner', String(process.pid));
  return {
    brokers: stack.kafkaBrokers?.split(',') ?? [],
    mongoUri: stack.mongoUri ?? '',
    prefix,
    stop: async () => void (await command('down', '--name', name)),
  };
}

/** A server that belongs to one spec. `users` (name to password) makes a broker demand SASL/PLAIN. */
export async function ownServer(
  server: 'kafka' | 'mongo',
  options: { readonly users?: Readonly<Record<string, string>> } = {},
): Promise<OwnServer> {
  const name = uniqueName();
  const users = options.users ? ['--users', JSON.stringify(options.users)] : [];
  const stack = await command<StackReport>(
    'up',
    '--name',
    name,
    '--owner',
    String(process.pid),
    '--only',
    server,
    ...users,
  );
  const send = async (signal: string) => void (await command('signal', server, signal, '--name', name));
  return {
    address: (server === 'kafka' ? stack.kafkaBrokers : stack.mongoUri) ?? '',
    kill: () => send('SIGKILL'),
    pause: () => send('SIGSTOP'),
    resume: () => send('SIGCONT'),
    restart: async () => void (await command('restart', server, '--name', name)),
    stop: async () => void (await command('down', '--name', name)),
  };
}

function uniqueName(): string {
  return `t${process.pid}-${randomBytes(4).toString('hex')}-`;
}

function command<T = unknown>(...args: readonly string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script(), ...args], { encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error) reject(new PermanentError('stack_unavailable', stderr.trim() || error.message, { cause: error }));
      else resolve(JSON.parse(stdout) as T);
    });
  });
}

/** deploy/local of this checkout, from source and from dist alike. */
function script(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'deploy/local/main.mjs');
    if (existsSync(file)) return file;
    if (folder === path.dirname(folder)) {
      throw new PermanentError('stack_unavailable', `deploy/local is not above ${import.meta.dirname}`);
    }
  }
}
