import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { idleFigures } from './idle.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Processes that run `code`, by name, once each has said something or ended; `stop` ends them. */
function starting(codes: Readonly<Record<string, string>>) {
  return async () => {
    const processes = await Promise.all(
      Object.entries(codes).map(async ([name, code]) => {
        const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
        children.push(child);
        await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
        return { name, pid: child.pid ?? 0 };
      }),
    );
    const stop = async () => {
      const running = children.filter(({ exitCode, signalCode }) => (exitCode ?? signalCode) === null);
      await Promise.all(
        running.map((child) => {
          child.kill('SIGKILL');
          return once(child, 'exit');
        }),
      );
    };
    return { processes, stop };
  };
}

const WAITING = 'console.log("up"); setInterval(() => {}, 60_000)';
const WORKING = 'console.log("up"); for (;;);';
const STARTS_BUSILY = `while (process.cpuUsage().user < 300_000); ${WAITING}`;
const TIMES = { settleMs: 100, windowMs: 1000 };

describe('idleFigures', () => {
  it('adds up what all processes use and names each', async () => {
    const [cpu, memory] = await idleFigures(starting({ quiet: WAITING, busy: WORKING }), TIMES);
    expect(Number(cpu?.value)).toBeGreaterThan(5);
    expect(cpu?.met).toBe(false);
    const [, quiet, busy] = /quiet ([\d.]+), busy ([\d.]+)/.exec(cpu?.detail ?? '') ?? [];
    expect(Number(quiet) + Number(busy)).toBeCloseTo(Number(cpu?.value), 1);
    expect(Number(busy)).toBeGreaterThan(Number(quiet));
    expect(Number(memory?.value)).toBeGreaterThan(40);
    expect(memory?.detail).toMatch(/quiet \d+, busy \d+/);
  });

  it('leaves the start of the processes out', async () => {
    const [cpu] = await idleFigures(starting({ quiet: STARTS_BUSILY }), TIMES);
    expect(cpu).toMatchObject({ goal: '< 5', met: true });
  });

  it('stops the processes, also when one has ended by itself', async () => {
    await idleFigures(starting({ quiet: WAITING }), { settleMs: 0, windowMs: 0 });
    expect(children.map(({ signalCode }) => signalCode)).toEqual(['SIGKILL']);
    await expect(idleFigures(starting({ quiet: WAITING, gone: '' }), TIMES)).rejects.toThrow('/proc/');
    expect(children[1]?.signalCode).toBe('SIGKILL');
  });
});
