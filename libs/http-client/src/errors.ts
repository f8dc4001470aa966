import { TransientError } from '@tillstream/kernel';

/** Why an exchange has no answer. */
export type HttpFailureReason =
  | 'refused'
  | 'dns'
  | 'connect_timeout'
  | 'tls'
  | 'unreachable'
  | 'deadline'
  | 'aborted'
  | 'reset'
  | 'truncated'
  | 'too_large'
  | 'malformed'
  | 'closed';

/** What may be known about a failed exchange: method, origin and path, never the query, headers or body (I10). */
export interface HttpFailureFacts {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly reason: HttpFailureReason;
  /** System or protocol error code such as ECONNRESET. */
  readonly systemCode?: string | undefined;
}

/**
 * Nothing reached the remote: refused, not resolvable, not connected in time. It has had no effect (D12).
 *
 * The underlying error is not kept as `cause`: undici's errors may carry parts of the answer or of a header.
 */
export class HttpNotSent extends TransientError {
  readonly reason: HttpFailureReason;

  constructor(readonly facts: HttpFailureFacts) {
    super('http_not_sent', `${describe(facts)} was not sent: ${words(facts)}`, { detail: { ...facts } });
    this.reason = facts.reason;
  }
}

/** Bytes may have reached the remote and no whole answer came back: the effect is unknown (D12, D13). */
export class HttpOutcomeUnknown extends TransientError {
  readonly reason: HttpFailureReason;

  constructor(readonly facts: HttpFailureFacts) {
    super('http_outcome_unknown', `${describe(facts)} has no answer: ${words(facts)}`, { detail: { ...facts } });
    this.reason = facts.reason;
  }
}

function describe({ method, origin, path }: HttpFailureFacts): string {
  return `${method} ${origin}${path}`;
}

const WORDS: Readonly<Record<HttpFailureReason, string>> = {
  refused: 'connection refused',
  dns: 'the host name does not resolve',
  connect_timeout: 'no connection in time',
  tls: 'no trustworthy TLS connection',
  unreachable: 'no connection',
  deadline: 'the deadline passed',
  aborted: 'given up by the caller',
  reset: 'the connection broke',
  truncated: 'the answer ended early',
  too_large: 'the answer is too large',
  malformed: 'the answer is not HTTP',
  closed: 'the client was closed',
};

function words({ reason, systemCode }: HttpFailureFacts): string {
  return systemCode === undefined ? WORDS[reason] : `${WORDS[reason]} (${systemCode})`;
}
