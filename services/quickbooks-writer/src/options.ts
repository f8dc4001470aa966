/** Tunables of the writer; every default has its reason beside it. */
export interface WriterOptions {
  /** A request is over this long after it was sent (D12); QuickBooks ends requests after 120 s. */
  readonly requestDeadlineMs: number;
  /**
   * Added to the deadline before absence may be concluded (D12): more than half a session, the longest that the send
   * fence lets pass between the claim and the bytes leaving (D14).
   */
  readonly settleMarginMs: number;
  /** Owner's session: a lease older than half of it must not send (D14). Kafka's default session. */
  readonly sessionTimeoutMs: number;
  /** Requests in flight per company (D10). */
  readonly maxInFlight: number;
  /** Records in delivery per company; more than `maxInFlight` so that slots never wait for our own disk. */
  readonly maxDeliveries: number;
  /** The remote's limits per company; null switches one off (benchmarks). */
  readonly perMinute: number | null;
  readonly perSecond: number | null;
  /**
   * Added to both windows, ms: requests that travel at different speeds arrive closer together than they were sent. On
   * a clock that runs faster than the wall the same jitter is longer; the demo sets more.
   */
  readonly budgetMarginMs: number;
  /** QuickBooks names no Retry-After: Intuit's advice is to wait a minute (facts, section 3). */
  readonly throttlePauseMs: number;
  /** How old company set-up may be before it is read again; tax codes send no change notice. */
  readonly profileMaxAgeMs: number;
  /** How old the directories of customers and items may be when something new is created. */
  readonly directoryMaxAgeMs: number;
  /** How old a DocNumber look-up may be when an invoice is created. */
  readonly docNumberMaxAgeMs: number;
  /** Work that waits for a person (consent, connection) is looked at again this often. */
  readonly parkedRecheckMs: number;
  /** Search for two documents with one marker (D14). */
  readonly sweepEveryMs: number;
  /** A dry run waits this long for trouble that passes: longer than the pause after a 429. */
  readonly planPatienceMs: number;
  /** `stop()` waits this long for deliveries in flight; the ledger carries what is left. */
  readonly stopTimeoutMs: number;
}

export const DEFAULT_WRITER_OPTIONS: WriterOptions = {
  requestDeadlineMs: 120_000,
  settleMarginMs: 25_000,
  sessionTimeoutMs: 45_000,
  maxInFlight: 8,
  maxDeliveries: 32,
  perMinute: 500,
  perSecond: 10,
  budgetMarginMs: 100,
  throttlePauseMs: 60_000,
  profileMaxAgeMs: 24 * 3_600_000,
  directoryMaxAgeMs: 60_000,
  docNumberMaxAgeMs: 10 * 60_000,
  parkedRecheckMs: 30_000,
  sweepEveryMs: 24 * 3_600_000,
  planPatienceMs: 90_000,
  stopTimeoutMs: 8_000,
};
