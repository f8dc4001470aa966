import { asError, InvariantError, PermanentError, TillstreamError, TransientError } from '@tillstream/kernel';

interface KafkaFault {
  readonly name?: string;
  readonly type?: string;
  readonly cause?: unknown;
  readonly originalError?: unknown;
  readonly errors?: readonly unknown[];
}

const NOT_ALLOWED = /AUTHORIZATION_FAILED$/;
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** The error and what is behind it, outermost first: kafkajs wraps the broker's answer once per retry layer. */
function* chain(thrown: unknown): Generator<KafkaFault> {
  let fault = thrown as KafkaFault | null | undefined;
  for (let depth = 0; fault && depth < 10; depth += 1) {
    yield fault;
    fault = (fault.cause ?? fault.originalError ?? fault.errors?.[0]) as KafkaFault | undefined;
  }
}

/**
 * What kafkajs throws, as ours: `log_auth_failed`, `log_not_allowed`, `topic_missing`, `record_too_large` (permanent:
 * a person must act), everything else `log_unavailable` (transient). Never carries credentials: kafkajs names none.
 */
export function logError(thrown: unknown): Error {
  if (thrown instanceof TillstreamError) return thrown;
  const cause = asError(thrown);
  const faults = [...chain(thrown)];
  const has = (test: (fault: KafkaFault) => boolean) => faults.some(test);
  if (has(({ name }) => name === 'KafkaJSSASLAuthenticationError')) {
    return new PermanentError('log_auth_failed', `Kafka refuses the credentials: ${cause.message}`, { cause });
  }
  if (has(({ type = '' }) => NOT_ALLOWED.test(type))) {
    return new PermanentError('log_not_allowed', `Kafka does not allow this user to do it: ${cause.message}`, {
      cause,
    });
  }
  if (has(({ type }) => type === 'UNKNOWN_TOPIC_OR_PARTITION')) {
    return new PermanentError('topic_missing', `Kafka does not have the topic: ${cause.message}`, { cause });
  }
  if (has(({ type = '' }) => TOO_LARGE.has(type))) {
    return new PermanentError('record_too_large', `Kafka refuses a record of this size: ${cause.message}`, { cause });
  }
  return new TransientError('log_unavailable', `Kafka cannot be used now: ${cause.message}`, { cause });
}

export function closedError(): Error {
  return new TransientError('storage_closed', 'the event log is closed');
}

export function unknownTopic(topic: string): Error {
  return new InvariantError('topic_unknown', `topic ${topic} was not declared when the log was opened`);
}
