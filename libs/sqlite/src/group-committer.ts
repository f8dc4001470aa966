import { TransientError } from '@tillstream/kernel';
import { isFileFailure, storageError } from './errors.js';
import type { Db } from './schema.js';

interface Operation {
  apply(): void;
  succeed(): void;
  fail(error: Error): void;
}

/** Keeps memory in step with the file: told after every commit and after every rollback. */
export interface CommitObserver {
  committed(): void;
  rolledBack(): void;
}

/** A commit blocks the process, so a group waits while it still grows, but never longer than this many turns. */
const MOST_TURNS = 16;
const MOST_OPERATIONS = 1000;

/**
 * One transaction, hence one fsync, for everything queued while each turn of the event loop still adds to it: a lone
 * operation waits for one further turn, a busy process pays for few commits. An operation's promise resolves only after the commit (D1). A failure of the file rejects every operation of the group and leaves
 * none of them applied; any other failure is the fault of one operation, which then fails alone.
 */
export class GroupCommitter {
  #queue: Operation[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #turns = 0;
  #sizeBefore = 0;
  #closed = false;
  readonly #observers: CommitObserver[] = [];
  readonly #begin;
  readonly #commit;
  readonly #rollback;

  constructor(private readonly db: Db) {
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  observe(observer: CommitObserver): void {
    this.#observers.push(observer);
  }

  /** Runs `apply` in the next group; `afterCommit` runs before the promise resolves. */
  run<T>(apply: () => T, afterCommit?: (result: T) => void): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise<T>((resolve, reject) => {
      let result: T;
      this.#queue.push({
        apply: () => {
          result = apply();
        },
        succeed: () => {
          try {
            afterCommit?.(result);
            resolve(result);
          } catch (error) {
            reject(error);
          }
        },
        fail: reject,
      });
      this.#scheduled ??= setImmediate(() => this.#turn());
    });
  }

  #turn(): void {
    const { length } = this.#queue;
    const grew = length > this.#sizeBefore;
    this.#turns += 1;
    this.#sizeBefore = length;
    if (!grew || this.#turns >= MOST_TURNS || length >= MOST_OPERATIONS) this.flush();
    else this.#scheduled = setImmediate(() => this.#turn());
  }

  /** Commits what is queued, now. */
  flush(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#turns = 0;
    this.#sizeBefore = 0;
    const group = this.#queue;
    this.#queue = [];
    if (group.length === 0) return;
    const failure = this.#transact(group);
    if (failure === undefined) {
      for (const operation of group) operation.succeed();
    } else if (group.length === 1 || isFileFailure(failure)) {
      const error = storageError(failure);
      for (const operation of group) operation.fail(error);
    } else {
      this.#oneByOne(group);
    }
  }

  close(): void {
    this.flush();
    this.#closed = true;
  }

  #oneByOne(group: readonly Operation[]): void {
    for (const operation of group) {
      const failure = this.#transact([operation]);
      if (failure === undefined) operation.succeed();
      else operation.fail(storageError(failure));
    }
  }

  /** Returns what went wrong, if anything; then nothing of the group is applied. */
  #transact(group: readonly Operation[]): unknown {
    try {
      this.#begin.run();
      for (const operation of group) operation.apply();
      this.#commit.run();
    } catch (error) {
      this.#undo();
      return error ?? new TransientError('storage_failed', 'unknown failure');
    }
    for (const observer of this.#observers) observer.committed();
    return undefined;
  }

  /** SQLite has already rolled back by itself after some failures, a full disk among them. */
  #undo(): void {
    try {
      if (this.db.inTransaction) this.#rollback.run();
    } finally {
      for (const observer of this.#observers) observer.rolledBack();
    }
  }
}

export function closedError(): Error {
  return new TransientError('storage_closed', 'the storage is closed');
}
