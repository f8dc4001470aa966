/**
 * Named places between two durable steps. Production passes `NO_CRASH_POINTS`; the crash harness passes an
 * implementation that kills its own process there, so that each step's recovery is tested by a real SIGKILL.
 * A name is part of the test matrix: add it to CRASH_POINTS when you add a call.
 */
export const CRASH_POINTS = [
  'log.append.before',
  'log.append.after',
  'store.write.before',
  'store.write.after',
  'outbox.append.before',
  'outbox.append.after',
  'offset.commit.before',
  'offset.commit.after',
  'scan.page.read',
  'effect.intended',
  'effect.request.sent',
  'effect.reply.received',
  'effect.outcome.stored',
  'token.refresh.before',
  'token.refresh.received',
  'token.refresh.stored',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

export interface CrashPoints {
  hit(point: CrashPoint): void;
}

export const NO_CRASH_POINTS: CrashPoints = { hit: () => {} };
