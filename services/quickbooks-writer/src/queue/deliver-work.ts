import type { Problem, WrittenDocument } from '@tillstream/contracts';
import { asError, type Clock, type Ids, TillstreamError } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import type { AggregateRuntime } from '@tillstream/processor';
import { problemOf } from '@tillstream/quickbooks';
import { backoff } from '@tillstream/resilience';
import { isOpen, type WorkCommand, type WorkEvent, type WorkState } from './work/index.js';
import { type Trail, trailOf } from '../company/company-port.js';
import {
  deliverRecord,
  knownDocuments,
  recordIn,
  type SourceRecord,
  sourceNameOf,
  subjectOf,
} from '../delivery/deliver-record.js';
import type { DeliveryEnv } from '../delivery/delivery-env.js';
import type { DeliveryInput, DeliveryResult } from '../delivery/delivery-result.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import type { LaneSemaphore } from './lane-semaphore.js';
import type { DeliveryEnd } from './realm-scheduler.js';
import { Deferral, Hold } from '../company/trouble.js';

export type Works = AggregateRuntime<WorkState, WorkCommand, WorkEvent>;

export interface DeliverWorkParts {
  readonly works: Works;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** What the delivery of a record of `source` needs; throws a Hold or Deferral when the company is not usable. */
  readonly envOf: (source: string, trail: Trail) => Promise<DeliveryEnv>;
  readonly knowledge: Knowledge;
  /** Reads connection and settings again; true when they are others than those in use. */
  readonly reloadIfChanged: () => Promise<boolean>;
  /** How old remembered knowledge may be for an order to be held by it, ms. */
  readonly maxAgeMs: number;
  /**
   * Customers and products go one at a time, in the order they came (D10): which of two that share an item creates it is
   * then what a dry run said.
   */
  readonly inTurn: LaneSemaphore;
  readonly onSettled: (outcome: string) => void;
}

/**
 * Wait before the next attempt after trouble that passes: full jitter below a ceiling that doubles.
 *
 * | attempt | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 and more |
 * |---|---|---|---|---|---|---|---|---|---|---|
 * | ceiling | 5 s | 10 s | 20 s | 40 s | 80 s | 160 s | 5 min | 11 min | 21 min | 30 min |
 *
 * A 429 waits for the company's pause, an unknown outcome for its settle time, a lost consent for the next one.
 */
const RETRY = { baseMs: 5_000, maxMs: 30 * 60_000 };
/** Jitter may come out at zero; a remote in trouble is not asked again at once. */
const SHORTEST_MS = 500;

type OpenWork = WorkState & {
  readonly request: NonNullable<WorkState['request']>;
  readonly record: SourceRecord;
};

/** One delivery of one record: from its stored work to a stored result, whatever happens in between (I7). */
export async function deliverWork(id: string, parts: DeliverWorkParts): Promise<DeliveryEnd> {
  const { works, clock, logger } = parts;
  const work = await works.state(id);
  const record = work === null ? null : recordIn(work);
  if (work === null || !isOpen(work) || work.request === null || record === null) return { kind: 'settled' };
  const open: OpenWork = { ...work, request: work.request, record };
  const trail = trailOf(open.request.lane);
  const began = clock.monotonic();
  const deliver = () => commandOf(open, trail, parts);
  const isName = open.identity.entity !== 'orders';
  const command = await (isName ? parts.inTurn.run(trail.lane, deliver) : deliver());
  await works.execute(id, command);
  const end = endOf(command);
  logger.info(
    {
      tenantId: open.identity.tenantId,
      realmId: open.identity.realmId,
      entity: open.identity.entity,
      sourceId: open.identity.sourceId,
      syncId: open.request.syncId,
      attempt: open.attempts + 1,
      remoteCalls: trail.calls,
      durationMs: Math.round(clock.monotonic() - began),
      outcome: command.type === 'Settle' ? command.outcome : end.kind,
      code: 'problem' in command ? command.problem?.code : undefined,
      nextAttemptAtMs: end.kind === 'deferred' ? end.atMs : undefined,
    },
    'sync.attempted',
  );
  parts.onSettled(command.type === 'Settle' ? command.outcome : end.kind);
  return end;
}

type ResultCommand = Extract<WorkCommand, { type: 'Settle' | 'Defer' }>;

async function commandOf(work: OpenWork, trail: Trail, parts: DeliverWorkParts): Promise<ResultCommand> {
  const sinceMs = Math.max(work.request.sourceVersion / 1000, parts.clock.now() - parts.maxAgeMs);
  const used = parts.knowledge.readTimes();
  const first = await attempt(work, trail, parts);
  if (!(first instanceof HeldSoFar)) return first;
  const { code } = first.problem;
  const isNews = (await parts.reloadIfChanged()) || parts.knowledge.isOutdated(code, used, sinceMs);
  const last = isNews ? await attempt(work, trail, parts) : first;
  return last instanceof HeldSoFar ? settledWith(work, last.problem, trail, last.documents) : last;
}

/** Held as far as the writer knows. */
class HeldSoFar {
  constructor(
    readonly problem: Problem,
    readonly documents: readonly WrittenDocument[],
  ) {}
}

async function attempt(work: OpenWork, trail: Trail, parts: DeliverWorkParts): Promise<ResultCommand | HeldSoFar> {
  let env: DeliveryEnv | null = null;
  try {
    env = await parts.envOf(sourceNameOf(work.record), trail);
    return settled(work, await deliverRecord(env, work.record, inputOf(work)), trail);
  } catch (thrown) {
    // A held order may well have documents: an edit, a cancellation, a refused payment.
    if (thrown instanceof Hold) return new HeldSoFar(thrown.problem, env ? await knownDocuments(env, work.record) : []);
    return deferredOrFailed(work, thrown, trail, parts);
  }
}

function inputOf({ request, reportedDocuments, knownHash }: OpenWork): DeliveryInput {
  const { reason, contentHash } = request;
  return { reason, reportedDocuments, contentHash, knownHash: knownHash ?? null };
}

function settled(work: OpenWork, result: DeliveryResult, trail: Trail): ResultCommand {
  const problem = result.reason === null ? null : problemOf(result.reason.code, result.reason.message);
  return settle(work, result.outcome, problem, result.documents, trail);
}

function settledWith(
  work: OpenWork,
  problem: Problem,
  trail: Trail,
  documents: readonly WrittenDocument[] = [],
): ResultCommand {
  return settle(work, problem.category === 'held' ? 'held' : 'failed', problem, documents, trail);
}

function settle(
  { generation }: OpenWork,
  outcome: Extract<WorkCommand, { type: 'Settle' }>['outcome'],
  problem: Problem | null,
  documents: readonly WrittenDocument[],
  { calls }: Trail,
): ResultCommand {
  return { type: 'Settle', generation, outcome, problem, documents, remoteCalls: calls };
}

function deferredOrFailed(work: OpenWork, thrown: unknown, trail: Trail, parts: DeliverWorkParts): ResultCommand {
  const { clock, ids, logger } = parts;
  const { generation, attempts } = work;
  const error = asError(thrown);
  const retry = () =>
    clock.now() + Math.max(SHORTEST_MS, backoff({ attempt: attempts + 1, ...RETRY, random: ids.random() }));
  if (thrown instanceof Deferral) {
    const { problem, until } = thrown;
    // A request that never gets an answer is asked for less and less often, like any other trouble (D9).
    const notBefore = until === 'parked' ? null : until === 'backoff' ? 0 : until;
    const waits = until === 'backoff' || problem.code === 'outcome_unknown';
    const nextAttemptAtMs = notBefore === null ? null : Math.max(notBefore, waits ? retry() : 0);
    return { type: 'Defer', generation, problem, nextAttemptAtMs, remoteCalls: trail.calls };
  }
  const passes = thrown instanceof TillstreamError && (thrown.family === 'transient' || thrown.family === 'conflict');
  logger.error({ sourceId: work.identity.sourceId, err: error }, 'delivery broke');
  if (!passes)
    return settledWith(work, problemOf('internal_error', `${subjectOf(work.record)}: ${error.message}`), trail);
  const problem = problemOf('quickbooks_unavailable', error.message);
  return { type: 'Defer', generation, problem, nextAttemptAtMs: retry(), remoteCalls: trail.calls };
}

function endOf(command: ResultCommand): DeliveryEnd {
  if (command.type === 'Settle') return { kind: 'settled' };
  const { nextAttemptAtMs } = command;
  return nextAttemptAtMs === null ? { kind: 'parked' } : { kind: 'deferred', atMs: nextAttemptAtMs };
}
