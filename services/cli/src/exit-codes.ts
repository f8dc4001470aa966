import type { RunStatus } from '@tillstream/contracts';

/** What the process tells scripts. Stable (README). */
export const EXIT = {
  completed: 0,
  failed: 1,
  usage: 2,
  withErrors: 3,
  active: 4,
  /** Ctrl-C while watching; the run goes on. */
  interrupted: 130,
} as const;

const BY_STATUS: Readonly<Record<RunStatus, number>> = {
  queued: EXIT.completed,
  running: EXIT.completed,
  completed: EXIT.completed,
  completed_with_errors: EXIT.withErrors,
  failed: EXIT.failed,
  cancelled: EXIT.failed,
};

export function exitCodeOf(status: RunStatus): number {
  return BY_STATUS[status];
}

const BY_ERROR: Readonly<Record<string, number>> = {
  usage: EXIT.usage,
  config_invalid: EXIT.usage,
  validation_failed: EXIT.usage,
  bad_json: EXIT.usage,
  unknown_entity: EXIT.usage,
  sync_already_running: EXIT.active,
};

export function exitCodeOfError(code: string): number {
  return BY_ERROR[code] ?? EXIT.failed;
}
