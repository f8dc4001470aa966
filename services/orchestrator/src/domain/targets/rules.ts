import type {
  Entity,
  FactsOf,
  Problem,
  PlanRequestedPayload,
  RowsPayload,
  RunSelection,
  TopicName,
  WorkPayload,
} from '@tillstream/contracts';
import type { RecordEvent, Sighting } from '../record/inputs.js';
import type { RecordState, TargetState } from '../record/state.js';

/**
 * All that one target differs in from the others; the rest of this service takes targets as a list and never asks which
 * one it has.
 */
export interface TargetRules {
  /** What people call it. */
  readonly title: string;
  /** Where its work goes. */
  readonly workTopic: TopicName;
  /** Where its writer is asked what it would do. */
  readonly planTopic: TopicName;
  /**
   * Its writer keeps a state per record: results are known by their seq, and one may come about what is settled (two
   * documents of one order, D14). Without, each piece of work is a producer of its own, and a result is one while the
   * record waits for that very version.
   */
  readonly remembersWork: boolean;
  /** Does reading the shop for it wait until somebody chose `orders.createdFrom`? */
  readonly needsStartDate: (entity: Entity | null) => boolean;
  /** What should be done about a record as it was seen now. */
  readonly judge: (one: Case) => Judgement;
  /** What is wrong with a document written although its record is gone meanwhile; null = nothing. */
  readonly writtenThoughGone: (state: RecordState) => Problem | null;
  /** The event that hands a record to its writer. */
  readonly work: (about: WorkFacts, remote: Remote, payload: TargetPayload) => WorkEvent;
  /** Key of that event on `workTopic`: what must stay in order has the same. */
  readonly workKey: (tenantId: string, work: WorkFacts, remoteName: string) => string;
  /** What its writer is asked to plan. */
  readonly question: (payload: TargetPayload) => PlanRequestedPayload;
}

/** A record as one target's rules see it. Damaged ones need no rules: nobody knows what they are (D9). */
export interface Case {
  readonly entity: Entity;
  readonly sourceNumber: string;
  readonly sighting: Exclude<Sighting, { kind: 'damaged' }>;
  readonly selection: RunSelection;
  /** Where the record stands in the target, before this sighting. */
  readonly current: TargetState;
}

/**
 * What should be done, as a value; what it leads to from where the record stands is the same for every target
 * (`record/judge.ts`). `key` = hash of what matters to the target; the same one again changes nothing.
 */
export type Judgement =
  /** The target is to have exactly this. */
  | { readonly kind: 'bring'; readonly key: string; readonly payload: TargetPayload }
  /** A person has to look at it. */
  | { readonly kind: 'hold'; readonly key: string; readonly problem: Problem }
  /** Ours, and nothing is to be done about it. */
  | { readonly kind: 'skip'; readonly key: string; readonly reason: SkipReason }
  /** None of ours (any more). */
  | { readonly kind: 'leave'; readonly key: string }
  /** As it stands: the writer has it, or what it has stays. */
  | { readonly kind: 'stand' };

export type SkipReason = 'source_not_found' | 'before_start_date' | 'status_left' | 'part_of_parent' | 'discarded';

/** What a target's writer gets of a record. */
export type TargetPayload = WorkPayload | RowsPayload;

/** What every piece of work says of itself. */
export type WorkFacts = Pick<
  FactsOf<'WorkRequested'>,
  'entity' | 'sourceId' | 'sourceVersion' | 'contentHash' | 'lane' | 'syncId' | 'reason'
>;

export interface Remote {
  /** The remote's own name: realm id or project. */
  readonly name: string;
  /** Recreate what a person removed there (B5). */
  readonly recreate: boolean;
}

export type WorkEvent = Extract<RecordEvent, { type: 'WorkRequested' | 'RowsRequested' }>;
