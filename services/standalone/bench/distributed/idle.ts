import { type Figure, figure } from '@tillstream/testing';
import { cpuSeconds, pause, residentMegabytes } from '../process-usage.js';

/** Services as processes of their own. */
export interface StartedServices {
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
  stop(): Promise<void>;
}

export interface IdleTimes {
  /** Left alone that long before anything is measured. */
  readonly settleMs: number;
  readonly windowMs: number;
}

const CPU_GOAL_PERCENT = 5;

/** CPU of all services together (percent of one core) and the resident memory of each, while nothing is to be done. */
export async function idleFigures(
  start: () => Promise<StartedServices>,
  { settleMs, windowMs }: IdleTimes = { settleMs: 60_000, windowMs: 60_000 },
): Promise<readonly Figure[]> {
  const services = await start();
  try {
    const { processes } = services;
    await pause(settleMs);
    const before = processes.map(({ pid }) => cpuSeconds(pid));
    const began = performance.now();
    await pause(windowMs);
    const seconds = (performance.now() - began) / 1000;
    const percent = processes.map(({ pid }, index) => ((cpuSeconds(pid) - (before[index] ?? 0)) * 100) / seconds);
    const megabytes = processes.map(({ pid }) => residentMegabytes(pid));
    const each = (values: readonly number[], digits: number) =>
      processes.map(({ name }, index) => `${name} ${values[index]?.toFixed(digits)}`).join(', ');
    return [
      figure('idle CPU of all services, % of a core', {
        value: sum(percent),
        digits: 2,
        goal: { below: CPU_GOAL_PERCENT },
        detail: `over ${Math.round(seconds)} s, ${settleMs / 1000} s after the start: ${each(percent, 2)}`,
      }),
      figure('idle memory of all services, MB', {
        value: sum(megabytes),
        digits: 0,
        goal: null,
        detail: `resident, after the same time: ${each(megabytes, 0)}`,
      }),
    ];
  } finally {
    await services.stop();
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
