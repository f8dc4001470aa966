/**
 * Compares what a dry run announced with what the run after it did: per record and target, in total and in the number of
 * requests that change a remote, the latter as the remotes counted them.
 */
export interface PlanLine {
  readonly entityId: string;
  readonly target: string;
  readonly action: 'create' | 'update' | 'none' | 'hold' | 'skip';
  readonly reason?: string | null;
  readonly predictedTotal?: { readonly amountMinor: number; readonly currency: string } | null;
  readonly predictedCalls: number;
}

/** How a record stands in a target after the run; `outcome` is null when the run changed nothing about it. */
export interface Done {
  readonly entityId: string;
  readonly target: string;
  readonly outcome: string | null;
  /** State of the target's document: `synced`, `held`, `skipped` … */
  readonly state: string | null;
  readonly code: string | null;
  readonly totalMinor: number | null;
}

export interface Difference {
  readonly entityId: string;
  readonly target: string;
  readonly planned: string;
  readonly done: string;
}

const OUTCOME_OF = { create: 'created', update: 'updated', none: 'unchanged', hold: 'held', skip: 'skipped' } as const;
const STATE_OF = { create: 'synced', update: 'synced', none: 'synced', hold: 'held', skip: 'skipped' } as const;

export function comparePlan(lines: readonly PlanLine[], done: readonly Done[]): Difference[] {
  const standing = new Map(done.map((one) => [`${one.target}/${one.entityId}`, one]));
  return lines.flatMap((line) => {
    const one = standing.get(`${line.target}/${line.entityId}`);
    const planned = describe(line.action, line.reason, line.predictedTotal?.amountMinor);
    const { entityId, target } = line;
    if (one === undefined) return [{ entityId, target, planned, done: 'nothing' }];
    return agrees(line, one) ? [] : [{ entityId, target, planned, done: describeDone(one) }];
  });
}

function agrees(line: PlanLine, one: Done): boolean {
  const { action } = line;
  if (one.outcome !== null && one.outcome !== OUTCOME_OF[action]) return false;
  // Nothing was written down about it: only what leaves everything as it is may be so.
  if (one.outcome === null && (action === 'create' || action === 'update')) return false;
  if (one.state !== null && one.state !== STATE_OF[action]) return false;
  if ((action === 'hold' || action === 'skip') && one.code !== (line.reason ?? null)) return false;
  const predicted = line.predictedTotal?.amountMinor;
  return predicted === undefined || one.totalMinor === null || predicted === one.totalMinor;
}

function describe(action: string, reason: string | null | undefined, totalMinor: number | undefined): string {
  return [action, reason ?? '', totalMinor ?? ''].filter((part) => part !== '').join(' ');
}

function describeDone({ outcome, state, code, totalMinor }: Done): string {
  return [outcome ?? `left ${state ?? 'unknown'}`, code ?? '', totalMinor ?? '']
    .filter((part) => part !== '')
    .join(' ');
}

/** Requests that were announced to change `target`. */
export function predictedCalls(lines: readonly PlanLine[], target: string): number {
  return lines.filter((line) => line.target === target).reduce((sum, line) => sum + line.predictedCalls, 0);
}
