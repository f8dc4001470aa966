import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TransientError } from '@tillstream/kernel';
import { ApiClient } from '../../src/client/api.js';
import { CRASH_VARIABLE, type CrashSpec, printCrashSpec } from './crash-spec.js';

const CHILD = path.join(path.dirname(fileURLToPath(import.meta.url)), 'child.js');
const ADMIN_KEY = 'crash-matrix-admin-key-0123456789';
const START_TIMEOUT_MS = 30_000;

export interface SupervisorOptions {
  readonly dataDir: string;
  readonly clockFactor: number;
  readonly clockOriginMs: number;
  readonly requestDeadlineMs: number;
  readonly settleMarginMs: number;
}

/** Runs the product as a child, starts it again whenever it died, and kills it on demand: what Kubernetes would do. */
export class Supervisor {
  #child: ChildProcess | undefined;
  #url = '';
  #stderr = '';
  #crash: CrashSpec | undefined;
  /** How often the child died by SIGKILL. */
  deaths = 0;

  constructor(private readonly options: SupervisorOptions) {}

  /** The next process started will kill itself at `crash`; the ones after it will not. */
  armCrash(crash: CrashSpec | undefined): void {
    this.#crash = crash;
  }

  get alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What the last child said on stderr, for the report of a failed scenario. */
  get lastWords(): string {
    return this.#stderr.slice(-2000);
  }

  /** A client of a running child; starts one when there is none. */
  async api(): Promise<ApiClient> {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (this.alive && this.#url !== '') return new ApiClient(this.#url, ADMIN_KEY);
      await this.#start();
    }
    throw new TransientError('child_not_ready', `the product does not start:\n${this.lastWords}`);
  }

  /** SIGKILL, now. Resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || !this.alive) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child;
    if (!child || !this.alive) return null;
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  }

  async #start(): Promise<void> {
    const { dataDir, clockFactor, clockOriginMs, requestDeadlineMs, settleMarginMs } = this.options;
    const crash = this.#crash;
    this.#crash = undefined;
    this.#url = '';
    this.#stderr = '';
    const args = [CHILD, clockFactor, clockOriginMs, requestDeadlineMs, settleMarginMs].map(String);
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        LOG_LEVEL: 'warn',
        TILLSTREAM_DATA: dataDir,
        TILLSTREAM_PORT: '0',
        TILLSTREAM_GRPC_PORT: '0',
        TILLSTREAM_ADMIN_KEY: ADMIN_KEY,
        TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
        ...(crash === undefined ? {} : { [CRASH_VARIABLE]: printCrashSpec(crash) }),
      },
    });
    this.#child = child;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = `${this.#stderr}${chunk.toString()}`.slice(-8000);
    });
    child.once('exit', (_code, signal) => {
      if (signal === 'SIGKILL') this.deaths += 1;
    });
    await Promise.race([this.#readyLine(child), once(child, 'exit'), timeout(START_TIMEOUT_MS)]);
  }

  async #readyLine(child: ChildProcess): Promise<void> {
    if (!child.stdout) return;
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('{"event":"ready"')) continue;
      this.#url = (JSON.parse(line) as { httpUrl: string }).httpUrl;
      return;
    }
  }
}

function timeout(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
