import { TransientError } from '@tillstream/kernel';
import { ApiClient } from '../client/api.js';
import type { ChildOptions } from './child-options.js';
import { CRASH_VARIABLE, type CrashSpec, printCrashSpec } from './crash-spec.js';
import {
  PROCESS_ADMIN_KEY,
  type ProductProcess,
  productEnvironment,
  startProcess,
  SUPERVISED_CHILD,
} from './process.js';

export interface SupervisorOptions {
  readonly dataDir: string;
  readonly child: ChildOptions;
}

/** Runs the product as a child, starts it again whenever it died, and kills it on demand: what Kubernetes would do. */
export class Supervisor {
  #child: ProductProcess | undefined;
  #url: string | undefined;
  #crash: CrashSpec | undefined;
  /** How often the child died by SIGKILL. */
  deaths = 0;

  constructor(private readonly options: SupervisorOptions) {}

  /** The next process started will kill itself at `crash`; the ones after it will not. */
  armCrash(crash: CrashSpec | undefined): void {
    this.#crash = crash;
  }

  /** What the last child said on stderr, for the report of a failed scenario. */
  get lastWords(): string {
    return this.#child?.stderr().slice(-2000) ?? '';
  }

  /** A client of a running child; starts one when there is none. */
  async api(): Promise<ApiClient> {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (this.#url !== undefined) return new ApiClient(this.#url, PROCESS_ADMIN_KEY);
      await this.#start();
    }
    throw new TransientError('child_not_ready', `the product does not start:\n${this.lastWords}`);
  }

  /** SIGKILL, now. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#child?.signal('SIGKILL');
    await this.#child?.ended;
  }

  /** SIGTERM; resolves with the exit code, or with the signal that ended it. */
  async stop(): Promise<number | NodeJS.Signals | undefined> {
    this.#child?.signal('SIGTERM');
    return this.#child?.ended;
  }

  async #start(): Promise<void> {
    const { dataDir, child: options } = this.options;
    const crash = this.#crash;
    this.#crash = undefined;
    const child = startProcess(SUPERVISED_CHILD, [JSON.stringify(options)], {
      ...productEnvironment(dataDir),
      ...(crash === undefined ? {} : { [CRASH_VARIABLE]: printCrashSpec(crash) }),
    });
    this.#child = child;
    void child.ended.then((how) => {
      if (how === 'SIGKILL') this.deaths += 1;
      if (this.#child === child) this.#url = undefined;
    });
    this.#url = (await child.ready)?.httpUrl;
  }
}
