import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HOOKS = new URL('../../testing/child/typescript-hooks.mjs', import.meta.url).href;

/** Starts a TypeScript file beside this one as a process of its own. */
export function startChild(file: string, args: readonly string[]) {
  const flags = [
    '--conditions=tillstream-source',
    '--experimental-transform-types',
    '--disable-warning=ExperimentalWarning',
  ];
  const script = fileURLToPath(new URL(file, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [...flags, '--import', HOOKS, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      for (const check of waiting) check();
    });
  }
  const closed = once(child, 'close');
  return {
    lines,
    /** Exit code; null when a signal ended it. */
    ended: closed.then(([code]) => code as number | null),
    /** Resolves once that many lines were printed; rejects when the process ends before. */
    printed: (count: number) =>
      new Promise<void>((resolve, reject) => {
        const check = () => {
          if (lines.length >= count) resolve();
        };
        waiting.add(check);
        check();
        closed.then(() => reject(new Error(`${file} ended after ${lines.length} lines`)), reject);
      }),
    /** SIGKILL, then waits until the process is gone and all it printed was read. */
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
