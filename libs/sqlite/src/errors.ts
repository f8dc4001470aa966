import { asError, PermanentError, TillstreamError, TransientError } from '@tillstream/kernel';

const FULL = new Set(['SQLITE_FULL', 'ENOSPC', 'EDQUOT']);
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'SQLITE_CANTOPEN', 'SQLITE_PERM']);
const DAMAGED = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);

/** The SQLite or system code of an error, without SQLite's extension (`SQLITE_IOERR_WRITE` -> `SQLITE_IOERR`). */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return '';
  return code.startsWith('SQLITE_') ? code.split('_').slice(0, 2).join('_') : code;
}

/** True for failures of the file underneath, which concern every operation and not the one that met them. */
export function isFileFailure(error: unknown): boolean {
  const code = errorCode(error);
  return (
    FULL.has(code) || DAMAGED.has(code) || NOT_WRITABLE.has(code) || /^SQLITE_(IOERR|READONLY|BUSY|NOMEM)$/.test(code)
  );
}

/** True when the file itself is damaged, or never was a database. */
export function isDamage(error: unknown): boolean {
  return DAMAGED.has(errorCode(error));
}

/** A failure while a backup is written, with what the operator must do. */
export function backupError(thrown: unknown, file: string, dataDir: string): Error {
  if (thrown instanceof TillstreamError) return thrown;
  const cause = asError(thrown);
  const code = errorCode(thrown);
  if (FULL.has(code)) {
    return new TransientError('storage_full', `there is no room for the backup at ${file}; none was made`, { cause });
  }
  if (NOT_WRITABLE.has(code) || code === 'ENOENT' || code === 'SQLITE_READONLY') {
    return new PermanentError('backup_not_writable', `the backup ${file} cannot be written: ${cause.message}`, {
      cause,
    });
  }
  return openError(thrown, dataDir);
}

/** A failed read or write as `storage_full` (space may come back) or `storage_failed`; both may be tried again. */
export function storageError(thrown: unknown): Error {
  if (thrown instanceof TillstreamError) return thrown;
  const cause = asError(thrown);
  const detail = { sqliteCode: (thrown as { code?: unknown } | null)?.code ?? null };
  if (FULL.has(errorCode(thrown))) {
    return new TransientError('storage_full', 'the disk of the data folder is full; nothing was stored', {
      cause,
      detail,
    });
  }
  return new TransientError('storage_failed', `the data file could not be used: ${cause.message}`, { cause, detail });
}

/** A failure while opening the data folder, with what the operator must do. */
export function openError(thrown: unknown, dataDir: string): Error {
  if (thrown instanceof TillstreamError) return thrown;
  const cause = asError(thrown);
  const code = errorCode(thrown);
  if (NOT_WRITABLE.has(code) || code === 'SQLITE_READONLY') {
    return new PermanentError('data_not_writable', `data folder ${dataDir} cannot be written: ${cause.message}`, {
      cause,
    });
  }
  if (DAMAGED.has(code)) {
    return new PermanentError('data_damaged', `the data file in ${dataDir} is not readable: ${cause.message}`, {
      cause,
    });
  }
  return storageError(thrown);
}
