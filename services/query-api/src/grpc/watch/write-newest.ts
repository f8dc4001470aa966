import { Observable } from 'rxjs';
import type { Watcher } from './followed-run.js';
import type { RunView } from '../../runs/schemas.js';

/** The writing half of a streaming call: calls back once the transport has taken the message. */
export interface Sink {
  write(run: RunView, taken: () => void): void;
}

/**
 * Writes states to one call: the next only when the transport has taken the one before, and then the newest. A reader
 * that does not read costs one state in memory, however often the run changes. Ends when the last state was taken.
 */
export function writeNewest(sink: Sink, watch: (watcher: Watcher) => () => void): Observable<never> {
  return new Observable((subscriber) => {
    let newest: RunView | undefined;
    let writing = false;
    let complete = false;
    const pump = (): void => {
      if (writing || subscriber.closed) return;
      if (newest !== undefined) {
        const run = newest;
        newest = undefined;
        writing = true;
        sink.write(run, () => {
          writing = false;
          pump();
        });
      } else if (complete) {
        subscriber.complete();
      }
    };
    return watch({
      next: (run) => {
        newest = run;
        pump();
      },
      complete: () => {
        complete = true;
        pump();
      },
      fail: (error) => subscriber.error(error),
    });
  });
}
