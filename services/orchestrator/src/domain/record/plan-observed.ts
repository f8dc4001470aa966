import { PROBLEM_CODES, type Target } from '@tillstream/contracts';
import { identityName } from '../targets/identity.js';
import type { TargetPayload } from '../targets/rules.js';
import { isFilteredOut, isOlder, seenBy } from './decide-observed.js';
import type { Observation, RecordEvent } from './inputs.js';
import { asItStands, judge, type Case } from './judge.js';
import type { Request } from './request.js';
import { payloadOf, targetOf, type RecordState, type TargetState } from './state.js';
import type { Verdict } from './visit.js';

/** What a dry run makes of a record in one target: settled by the rules here, or to be asked of the target's writer. */
export type PlannedTarget =
  | { readonly kind: 'not_counted'; readonly target: Target }
  | {
      readonly kind: 'line';
      readonly target: Target;
      readonly action: 'none' | 'hold' | 'skip';
      readonly reason: string | null;
      readonly message: string | null;
    }
  | {
      readonly kind: 'ask';
      readonly target: Target;
      /** The remote's own name: realm id or project. */
      readonly remoteName: string;
      readonly contentHash: string;
      readonly payload: TargetPayload;
    };

/**
 * What `decideObserved` would lead to, by the same rules and without leading to it: the record's state stays as it is. A
 * record seen twice counts once; the plan knows (`run-plan`).
 */
export function planObserved(input: Observation, state: RecordState, now: number): readonly PlannedTarget[] {
  const { targets } = input;
  if (input.runCancelled) return targets.map((target) => skipped(target, 'run_cancelled'));
  if (isFilteredOut(input)) return targets.map((target) => ({ kind: 'not_counted', target }));
  const { seen, version } = seenBy(input, state);
  const isPast = isOlder(input, state);
  return targets.map((target) => {
    const one = { observation: input, state: seen, target, now, version };
    const verdict = isPast ? asItStands(one, targetOf(state, target)) : judge(one);
    return planned(one, verdict);
  });
}

function planned({ state, target }: Case, { mark, events, failure, work }: Verdict): PlannedTarget {
  const current = targetOf(state, target);
  switch (mark) {
    case 'not_counted':
      return { kind: 'not_counted', target };
    case 'waits':
      return work === undefined ? underWay(target, current) : ask(target, work);
    case 'skipped':
      return skipped(target, reasonIn(events) ?? current.reason);
    case 'held':
    case 'failed': {
      const problem = (failure ?? current.failure)?.problem;
      const [reason, message] = [problem?.code ?? current.reason, problem?.message ?? null];
      return { kind: 'line', target, action: 'hold', reason, message };
    }
    case 'created':
    case 'updated':
    case 'unchanged':
      return { kind: 'line', target, action: 'none', reason: null, message: null };
  }
}

/** Given to the writer before and not settled yet: asked about what it has, for the run would wait for that. */
function underWay(target: Target, current: TargetState): PlannedTarget {
  const { identity, contentHash } = current;
  const payload = payloadOf(current);
  if (payload === null || identity === null || contentHash === null) return { kind: 'not_counted', target };
  return ask(target, { identity, contentHash, payload });
}

function ask(
  target: Target,
  { identity, contentHash, payload }: Pick<Request, 'identity' | 'contentHash' | 'payload'>,
) {
  return { kind: 'ask', target, remoteName: identityName(identity), contentHash, payload } as const;
}

function reasonIn(events: readonly RecordEvent[]): string | null {
  const synced = events.findLast((event) => event.type === 'RecordSynced');
  return synced?.type === 'RecordSynced' ? synced.facts.reason : null;
}

function skipped(target: Target, reason: string | null): PlannedTarget {
  const known = reason !== null && Object.hasOwn(PROBLEM_CODES, reason);
  const message = known ? PROBLEM_CODES[reason as keyof typeof PROBLEM_CODES].title : null;
  return { kind: 'line', target, action: 'skip', reason, message };
}
