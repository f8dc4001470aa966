import { setTimeout as pause } from 'node:timers/promises';
import type { RunStatus } from '@tillstream/contracts';
import { TransientError } from '@tillstream/kernel';
import { SingleBar } from 'cli-progress';
import { type Api, ApiRefusal } from '../api/api.js';
import type { RunView } from '../api/views.js';
import type { Terminal } from '../terminal/terminal.js';
import { durationText } from '../text/format.js';
import {
  isTenthFurther,
  type Pace,
  paceOf,
  type Progress,
  progressOf,
  progressText,
  rateText,
  type Sample,
  withSample,
} from './pace.js';

const FINAL: ReadonlySet<RunStatus> = new Set(['completed', 'completed_with_errors', 'failed', 'cancelled']);

export function isFinal({ status }: Pick<RunView, 'status'>): boolean {
  return FINAL.has(status);
}

/** First a short wait, so that a small run is told at once; later a second, so that a long one costs little. */
const FIRST_LOOK_MS = 100;
const LATER_LOOKS_MS = 1_000;
/** An instance that is being started again is waited for this long, milliseconds. */
const PATIENCE_MS = 20_000;

/** How a run was watched to its end; null = the person stopped watching, the run goes on. */
export async function followRun(api: Api, syncId: string, terminal: Terminal): Promise<RunView | null> {
  const view = terminal.showsProgress ? new ProgressBar(terminal) : new ProgressLines(terminal);
  const stopped = new AbortController();
  const ignore = terminal.onInterrupt(() => stopped.abort());
  try {
    return await watch(api, syncId, view, stopped.signal);
  } catch (error) {
    if (!stopped.signal.aborted) throw error;
    terminal.note(
      `The run ${syncId} goes on. Watch it again: tillstream status ${syncId}. End it: tillstream cancel ${syncId}`,
    );
    return null;
  } finally {
    view.close();
    // One Ctrl-C arrives twice (from the terminal and from npm): the second must not cut the farewell short.
    if (!stopped.signal.aborted) ignore();
  }
}

async function watch(api: Api, syncId: string, view: ProgressView, signal: AbortSignal): Promise<RunView> {
  let samples: readonly Sample[] = [];
  let waitMs = FIRST_LOOK_MS;
  for (;;) {
    const run = await patiently(() => api.get<RunView>(`/api/sync/status/${syncId}`), signal);
    const progress = progressOf(run.counts);
    samples = withSample(samples, { atMs: performance.now(), done: progress.done });
    view.show(progress, paceOf(samples, progress.found - progress.done));
    if (isFinal(run)) return run;
    await pause(waitMs, undefined, { signal });
    waitMs = Math.min(LATER_LOOKS_MS, waitMs * 1.5);
  }
}

async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!mayPass(error) || performance.now() > deadline) throw error;
      await pause(LATER_LOOKS_MS, undefined, { signal });
    }
  }
}

/** No answer, or 503: the instance is being started, or a part of it is not there right now. */
function mayPass(error: unknown): boolean {
  return error instanceof TransientError || (error instanceof ApiRefusal && error.status === 503);
}

interface ProgressView {
  show(progress: Progress, pace: Pace): void;
  close(): void;
}

/** For a screen: one line that is drawn over itself. */
class ProgressBar implements ProgressView {
  readonly #bar: SingleBar;
  #started = false;

  constructor(terminal: Terminal) {
    this.#bar = new SingleBar({
      stream: terminal.stderr,
      format: '{bar} {value} of {total} | {rate} | {left}',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      clearOnComplete: true,
      linewrap: false,
    });
  }

  show({ done, found }: Progress, { perSecond, leftMs }: Pace): void {
    const rate = perSecond === null ? '-/s' : rateText(perSecond);
    const payload = { rate, left: leftMs === null ? 'time left unknown' : `${durationText(leftMs)} left` };
    if (!this.#started) this.#bar.start(found, done, payload);
    this.#started = true;
    this.#bar.setTotal(found);
    this.#bar.update(done, payload);
  }

  close(): void {
    if (this.#started) this.#bar.stop();
  }
}

/** For a file or a pipe: a line per tenth. */
class ProgressLines implements ProgressView {
  #printed = 0;

  constructor(private readonly terminal: Terminal) {}

  show(progress: Progress, pace: Pace): void {
    if (!isTenthFurther(this.#printed, progress)) return;
    this.#printed = progress.done;
    const left = pace.leftMs === null || progress.done === progress.found ? null : durationText(pace.leftMs);
    this.terminal.note(progressText(progress, pace, left));
  }

  close(): void {}
}
