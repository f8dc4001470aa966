/** Tunables of the writer; every default has its reason beside it. */
export interface WriterOptions {
  /** Most records in one call: above it the statement timeout comes nearer and nothing gets faster. */
  readonly maxRecords: number;
  /** Most bytes in one call: the limit of Supabase's gateway is not documented, 1 MB is known to pass. */
  readonly maxBytes: number;
  /** Longest statement on the direct route, ms of real time; the Data API's role has 8 s. */
  readonly statementTimeoutMs: number;
  /** How often the same batch is sent again at once after a conflict with another session. */
  readonly conflictAttempts: number;
  /**
   * Waits between attempts while a project is down, ms; the last one repeats. It lies beyond the five minutes that a run
   * waits, and the others together below: a run never waits longer for a dead project.
   */
  readonly backoffMs: readonly number[];
  /** A project that needs a person is looked at again this often; nobody has to tell us that it was put right. */
  readonly parkedRecheckMs: number;
}

export const DEFAULT_WRITER_OPTIONS: WriterOptions = {
  maxRecords: 500,
  maxBytes: 1_000_000,
  statementTimeoutMs: 8_000,
  conflictAttempts: 8,
  backoffMs: [5_000, 15_000, 45_000, 120_000, 600_000],
  parkedRecheckMs: 60_000,
};
