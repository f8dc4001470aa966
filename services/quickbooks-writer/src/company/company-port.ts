import type { Clock } from '@tillstream/kernel';
import type { Caller, QuickBooksReads, RemoteResult } from '@tillstream/quickbooks';
import type { EffectCommand, EffectEvent, EffectState } from '../ledger/domain/index.js';
import type { CallLane } from '../queue/lane-queue.js';
import type { Effect, EffectEnd } from '../ledger/perform-effect.js';

/** Calls counted on behalf of one record (run statistics). */
export interface Trail {
  readonly lane: CallLane;
  calls: number;
}

export const trailOf = (lane: CallLane): Trail => ({ lane, calls: 0 });

export type ReadCall<T> = (api: QuickBooksReads, caller: Caller) => Promise<RemoteResult<T>>;

/** What only looks: the API it is given has no method that changes anything. */
export interface CompanyReader {
  read<T>(trail: Trail, call: ReadCall<T>): Promise<RemoteResult<T>>;
  /** Wall clock, ms: when calls may start again after a 429. */
  pausedUntil(): number;
}

/** The ledger entries of a company. */
export interface LedgerPort {
  state(id: string): Promise<EffectState | null>;
  execute(
    id: string,
    command: EffectCommand,
  ): Promise<{ readonly state: EffectState; readonly events: readonly EffectEvent[] }>;
}

/**
 * A company as the delivery of a record sees it. `Company` performs effects; a dry run hands the same delivery a
 * `PlannedCompany`, which remembers what would be written.
 */
export interface CompanyPort extends CompanyReader {
  readonly tenantId: string;
  readonly realmId: string;
  readonly ledger: LedgerPort;
  readonly clock: Pick<Clock, 'now'>;
  /** Names (customers, items, accounts) are created one at a time per company (facts section 1). */
  readonly names: { run<T>(lane: CallLane, work: () => Promise<T>): Promise<T> };
  /** One effect that all orders wait for. */
  readonly shared: { run(key: string, work: () => Promise<string>): Promise<string> };
  /** Drives one effect to its end; see `performEffect`. */
  perform(trail: Trail, effect: Effect): Promise<EffectEnd>;
}
