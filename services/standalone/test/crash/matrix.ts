import { CRASH_POINTS, type CrashPoint } from '@tillstream/kernel';
import type { FaultRule } from '@tillstream/sandbox';
import type { Killing, Scenario } from './scenario.js';

/** Occurrences of each point that are tried: an early one and one in the thick of the run. */
const OCCURRENCES: Partial<Record<CrashPoint, readonly number[]>> = {
  'scan.page.read': [1],
  'token.refresh.before': [1],
  'token.refresh.received': [1],
  'token.refresh.stored': [1],
  'effect.intended': [1, 9],
  'effect.request.sent': [1, 9],
  'effect.reply.received': [1, 9],
  'effect.outcome.stored': [1, 9],
};
const DEFAULT_OCCURRENCES = [2, 25];
export const RANDOM_INSTANTS = 50;
/** Real milliseconds after the request in which an undisturbed run of the matrix's shop is busy. */
const BUSY_MS = 2_500;
const MEMORIES = ['honoured', 'forgotten'] as const;

/** The request is at the remote when the product dies: committed with the reply on its way, or still running. */
const REMOTE_MOMENTS: readonly (readonly [name: string, fault: FaultRule])[] = (
  ['invoice', 'payment', 'customer', 'item'] as const
).flatMap((entity) => {
  const match = { method: 'POST', path: `/${entity}\\?` };
  return [
    [`${entity} committed, reply lost`, { kind: 'delay', when: 'afterCommit', ms: 10_000, nth: 3, match }],
    [`${entity} still running`, { kind: 'stillRunning', ms: 10_000, nth: 3, match }],
  ] as const;
});

export function matrix(): Scenario[] {
  const killings: (readonly [string, Killing])[] = [
    ['undisturbed', { kind: 'none' }],
    ...CRASH_POINTS.flatMap((point) =>
      (OCCURRENCES[point] ?? DEFAULT_OCCURRENCES).map(
        (nth) => [`${point} #${nth}`, { kind: 'at-point', crash: { point, nth } }] as const,
      ),
    ),
    ...REMOTE_MOMENTS.map(([name, fault]) => [name, { kind: 'on-fault', fault }] as const),
  ];
  const named = killings.flatMap(([name, killing]) =>
    MEMORIES.map((requestIdMemory): Scenario => ({ name, seed: 11, requestIdMemory, killing })),
  );
  return [...named, ...randomInstants()];
}

/** Spread evenly over the busy time with a deterministic jitter, so that a failure can be repeated by its name. */
function randomInstants(): Scenario[] {
  return Array.from({ length: RANDOM_INSTANTS }, (_, index) => {
    const jitter = ((index * 7919) % 97) / 97;
    const ms = Math.round(((index + jitter) / RANDOM_INSTANTS) * BUSY_MS);
    return {
      name: `after ${ms} ms`,
      seed: 20 + index,
      requestIdMemory: MEMORIES[index % 2] ?? 'honoured',
      killing: { kind: 'after', ms },
    };
  });
}
