import { asError, PermanentError, TillstreamError, TransientError } from '@tillstream/kernel';

/** Server codes, https://www.mongodb.com/docs/manual/reference/error-codes/ */
const CREDENTIALS = new Set([13, 18, 8000]);
const TOO_LARGE = new Set([10334, 17280, 17419, 17420]);
const DISK_FULL = 14031;
/** Not primary, shutting down, cannot confirm in time: the next attempt may meet another state. */
const AWAY = new Set([6, 7, 24, 50, 64, 89, 91, 100, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

/** Error classes of the driver and of mongoose for a server that cannot be reached, or no longer. */
const AWAY_CLASSES =
  /^Mongo(ose)?(ServerSelection|Network|NetworkTimeout|NotConnected|PoolCleared\w*|PoolClosed|TopologyClosed|WaitQueueTimeout|ServerClosed|ClientClosed|OperationTimeout|ConnectionPool\w*)?Error$/;

/** A socket that breaks while it is written to reaches us as Node's own error now and then, not in a class of the driver. */
const AWAY_SOCKETS = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'ETIMEDOUT', 'EHOSTUNREACH']);

const ADDRESS_CLASSES = new Set(['MongoParseError', 'MongoInvalidArgumentError', 'MongoMissingCredentialsError']);

export function serverCode(thrown: unknown): number | null {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : null;
}

/**
 * A failed call as one of ours. Transient, so that nothing is parked while the database is away or its password wrong:
 * `storage_unavailable`, `storage_auth_failed`, `storage_full`, `storage_failed`. Permanent: `document_too_large`,
 * `storage_incompatible`. The messages name hosts, never credentials.
 */
export function storageError(thrown: unknown): Error {
  if (thrown instanceof TillstreamError) return thrown;
  const cause = asError(thrown);
  const code = serverCode(thrown);
  const options = { cause, detail: { mongoCode: code } };
  if (code !== null && CREDENTIALS.has(code)) {
    const text = `MongoDB refuses the user or its rights: check user, password and authSource of MONGODB_URI (${cause.message})`;
    return new TransientError('storage_auth_failed', text, options);
  }
  if ((code !== null && TOO_LARGE.has(code)) || isSizeError(cause)) return tooLargeError(cause);
  if (code === DISK_FULL) return new TransientError('storage_full', 'the disk of MongoDB is full', options);
  if (cause.name === 'MongoCompatibilityError') {
    const text = `this MongoDB server is too old or too new, 4.4 is the oldest that works: ${cause.message}`;
    return new PermanentError('storage_incompatible', text, options);
  }
  if ((code !== null && AWAY.has(code)) || AWAY_CLASSES.test(cause.name) || AWAY_SOCKETS.has(socketCode(thrown))) {
    return new TransientError('storage_unavailable', `MongoDB cannot be reached: ${cause.message}`, options);
  }
  return new TransientError('storage_failed', `MongoDB did not carry out a call: ${cause.message}`, options);
}

/** A failure while opening; an address that cannot be read is permanent, and is not repeated in the message. */
export function openError(thrown: unknown): Error {
  if (!(thrown instanceof TillstreamError) && ADDRESS_CLASSES.has(asError(thrown).name)) return addressError();
  return storageError(thrown);
}

/** Without the cause: the driver's text repeats the address, and with it the password (I10). */
export function addressError(): PermanentError {
  return new PermanentError(
    'storage_uri_invalid',
    'MONGODB_URI cannot be read: expected mongodb://user:password@host:27017/database?options or mongodb+srv://…, with special characters percent-encoded',
  );
}

export function tooLargeError(cause?: Error): PermanentError {
  return new PermanentError('document_too_large', 'a document exceeds the 16 MB that MongoDB stores', { cause });
}

export function closedError(): TransientError {
  return new TransientError('storage_closed', 'the storage is closed or closing');
}

/**
 * Whether a write of ours was stored before somebody else wrote the same document cannot be told any more. Whoever
 * gets it loads and decides again, as after a lost answer.
 */
export function outcomeUnknownError(ids: readonly string[]): TransientError {
  return new TransientError(
    'storage_outcome_unknown',
    'documents were overwritten before their writes were confirmed',
    {
      detail: { ids: ids.slice(0, 10) },
    },
  );
}

/** Node's name of a failed system call; '' = none. */
function socketCode(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** The driver checks sizes itself, with errors that carry no code. */
function isSizeError(cause: Error): boolean {
  return /larger than the maximum size|BSON.*too large|offset.*out of range|must be <= .*bytes/i.test(cause.message);
}
