import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FleetProduct } from '../distributed/fleet-product.js';
import { runningStack } from '../distributed/stack.js';
import { checkRebuild, type RebuildCheck } from '../rebuild-check/check.js';
import type { ChildOptions } from '../supervised/child-options.js';
import { Supervisor } from '../supervised/supervisor.js';
import type { ApiSource } from '../supervised/through-deaths.js';

/** The product as the demo sees it, in one process or in many. */
export interface DemoProduct extends ApiSource {
  /** How many processes it has; `kill` ends that many. */
  readonly processes: number;
  /** How many processes died by SIGKILL. */
  readonly deaths: number;
  start(print: (line: string) => void): Promise<void>;
  /** SIGKILL, to all of them. */
  kill(): Promise<void>;
  stop(): Promise<unknown>;
  /** After `stop`: is everything stored the fold of the log? */
  check(): Promise<RebuildCheck>;
  /** Ends what still runs and removes what was stored, unless it was to be kept. */
  dispose(): Promise<void>;
  /** How other programs get at what was kept; null = nothing was. */
  readonly kept: string | null;
}

export function embeddedProduct(child: ChildOptions): DemoProduct {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-demo-'));
  const supervisor = new Supervisor({ dataDir, child });
  return {
    processes: 1,
    get deaths() {
      return supervisor.deaths;
    },
    start: async () => void (await supervisor.api()),
    api: () => supervisor.api(),
    kill: () => supervisor.kill(),
    stop: () => supervisor.stop(),
    check: () => checkRebuild(dataDir),
    kept: null,
    dispose: async () => {
      await supervisor.kill();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Over the servers of KAFKA_BROKERS and MONGODB_URI, else over the stack of `npm run stack:up`. */
export function distributedProduct(child: ChildOptions, keep: boolean): DemoProduct {
  const product = new FleetProduct({ stack: runningStack(), child: { ...child, sessionTimeoutMs: 3000 } });
  const place = product.place.environment;
  return {
    get processes() {
      return product.processes;
    },
    get deaths() {
      return product.deaths;
    },
    start: async (print) => {
      await product.start();
      print(`Each service is a process of its own: ${product.describe()}.`);
    },
    api: () => product.api(),
    kill: () => product.kill(),
    stop: () => product.stop(),
    check: () => product.check(),
    kept: keep ? `KAFKA_BROKERS=${place.KAFKA_BROKERS} KAFKA_TOPIC_PREFIX=${place.KAFKA_TOPIC_PREFIX}` : null,
    dispose: async () => void (await (keep ? product.stop() : product.dispose())),
  };
}
