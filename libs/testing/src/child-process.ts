import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { InvariantError } from '@tillstream/kernel';

const HOOKS = new URL('../child/typescript-hooks.mjs', import.meta.url).href;

/** A process of its own, to be killed. */
export interface TestChild {
  /** What it printed so far, line by line. */
  readonly lines: readonly string[];
  /** Resolves once `count` lines were printed; rejects when the process ends before. */
  printed(count: number): Promise<void>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** SIGSTOP, SIGCONT and the like. */
  signal(name: NodeJS.Signals): void;
  /** SIGKILL, then waits until it is gone and everything it printed was read. */
  kill(): Promise<void>;
}

/** Runs a TypeScript file of the workspace (absolute path) with this Node, without a build. Specs only. */
export function startTypeScript(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): TestChild {
  const flags = [
    '--conditions=tillstream-source',
    '--experimental-transform-types',
    '--no-warnings',
    '--import',
    HOOKS,
  ];
  const child = spawn(process.execPath, [...flags, file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const check of waiting) check();
  });
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return {
    lines,
    ended,
    printed: (count) =>
      new Promise<void>((resolve, reject) => {
        const check = () => {
          if (lines.length >= count) resolve();
        };
        waiting.add(check);
        check();
        ended.then(
          (how) => reject(new InvariantError('child_ended', `ended (${how}) after ${lines.length} lines`)),
          reject,
        );
      }),
    signal: (name) => void child.kill(name),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
