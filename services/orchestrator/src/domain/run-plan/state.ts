import type { Entity, Target } from '@tillstream/contracts';

/**
 * One per dry run: which lines of its plan are known, and what was counted already. Lines themselves are read models;
 * here is only what a repeat and a shared need are recognised by.
 */
export interface RunPlanState {
  readonly tenantId: string;
  readonly entity: Entity;
  readonly syncId: string;
  /** By `lineKey`: the question a writer has not answered yet, or `done`. */
  readonly lines: Readonly<Record<string, Question | 'done'>>;
  /** First ordinal of a record: one seen twice counts once. */
  readonly ordinals: Readonly<Record<string, number>>;
  /** What would be created on the way and was counted (`customer|woo:17`). */
  readonly needs: Readonly<Record<string, true>>;
}

export interface Question {
  readonly sourceId: string;
  readonly sourceNumber: string;
}

export const initialRunPlan = (tenantId: string, entity: Entity, syncId: string): RunPlanState => ({
  tenantId,
  entity,
  syncId,
  lines: {},
  ordinals: {},
  needs: {},
});

export const lineKey = (ordinal: number, target: Target): string => `${ordinal}:${target}`;

export function parseLineKey(key: string): { ordinal: number; target: Target } {
  const cut = key.indexOf(':');
  return { ordinal: Number(key.slice(0, cut)), target: key.slice(cut + 1) as Target };
}
