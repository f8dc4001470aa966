import type { Lane } from '@tillstream/contracts';
import { asError, type Clock } from '@tillstream/kernel';
import type { KeptTrace } from '@tillstream/observability';
import { DueHeap } from './due-heap.js';
import { LaneQueue } from './lane-queue.js';

/** A record with work to do; the work itself stays in the store. */
export interface QueuedWork {
  readonly id: string;
  readonly lane: Lane;
  /** An order's number: the DocNumber check asks for the next ones at once. null = another record. */
  readonly number: string | null;
  /** The trace it came with: a delivery begins when another one ends or a timer fires. */
  readonly inTrace?: KeptTrace;
}

export type DeliveryEnd =
  | { readonly kind: 'settled' }
  /** Wall clock, ms. */
  | { readonly kind: 'deferred'; readonly atMs: number }
  | { readonly kind: 'parked' };

/** Where a record's open work is: in line, on its way, put off until a time, or with the connection. */
export const WORK_PLACES = ['queued', 'delivering', 'deferred', 'parked'] as const;
export type WorkPlace = (typeof WORK_PLACES)[number];

interface Entry {
  work: QueuedWork;
  state: WorkPlace;
  /** Grows when the entry moves: older places in queue and heap mean nothing any more. */
  ticket: number;
  /** Newer work for the record arrived while it was delivered. */
  again: QueuedWork | null;
}

interface Place {
  readonly entry: Entry;
  readonly ticket: number;
}

export interface SchedulerParts {
  readonly clock: Clock;
  readonly deliver: (work: QueuedWork) => Promise<DeliveryEnd>;
  /** Deliveries side by side; live records may exceed it once more, so that no backfill delays them (D10). */
  readonly maxDeliveries: number;
  readonly onDefect: (work: QueuedWork, error: Error) => void;
}

/** A record whose delivery itself broke is looked at again after this time. */
const AFTER_DEFECT_MS = 30_000;
/** After the last answer: room for its outcome to reach the ledger. One that does not is looked up at the next start. */
const STORE_OUTCOMES_MS = 250;
const BUSY_LANES = ['command', 'live'] as const;

/**
 * The order of deliveries for one company (D10). Per record:
 *
 *   queued -> delivering -> (settled) | deferred (to a time) | parked (with the connection)
 *
 * Newer work for a record that is queued, deferred or parked queues it (again); for one being delivered it is remembered
 * and queued when that ends, so that effects of one record never run side by side (I8). In memory only: rebuilt from
 * the open work at every start. One timer for all who wait.
 */
export class RealmScheduler {
  readonly #entries = new Map<string, Entry>();
  readonly #queue = new LaneQueue<Place>();
  readonly #waiting = new DueHeap<Place>();
  readonly #running = new Set<Promise<void>>();
  #timer: { readonly at: number; readonly cancel: () => void } | null = null;
  #stopped = false;
  /** Times the connection came back: who parks after it did while under way has not seen it. */
  #resumes = 0;

  constructor(private readonly parts: SchedulerParts) {}

  /** Records with work that is not settled. */
  get size(): number {
    return this.#entries.size;
  }

  /** Records that wait for the connection. */
  get parked(): number {
    return this.places().parked;
  }

  /** How many records are where. */
  places(): Readonly<Record<WorkPlace, number>> {
    const places = { queued: 0, delivering: 0, deferred: 0, parked: 0 };
    for (const { state } of this.#entries.values()) places[state] += 1;
    return places;
  }

  get delivering(): number {
    return this.#running.size;
  }

  enqueue(work: QueuedWork): void {
    const known = this.#entries.get(work.id);
    if (known?.state === 'delivering') {
      known.again = work;
      return;
    }
    const entry = known ?? this.#add(work);
    entry.work = work;
    this.#place(entry);
    this.#pump();
  }

  /** Work found at start: not before `atMs` (wall clock), or parked. */
  restore(work: QueuedWork, end: Exclude<DeliveryEnd, { kind: 'settled' }>): void {
    if (!this.#entries.has(work.id)) this.#rest(this.#add(work), end);
  }

  /** The connection is back: everything parked goes on by itself (D15). */
  resumeParked(): void {
    this.#resumes += 1;
    for (const entry of this.#entries.values()) if (entry.state === 'parked') this.#place(entry);
    this.#pump();
  }

  /** The next works in line, nearest first. */
  upcoming(limit: number): readonly QueuedWork[] {
    return this.#queue
      .peek(limit)
      .filter(({ entry, ticket }) => entry.ticket === ticket)
      .map(({ entry }) => entry.work);
  }

  /**
   * Starts nothing more and resolves when what runs has ended, when no call is under way any more (`callsEnded`) and
   * the outcomes of the last ones had time to be stored, or when `timeoutMs` is over.
   */
  async stop(timeoutMs: number, callsEnded: Promise<void>): Promise<void> {
    this.#halt();
    const deadline = new AbortController();
    const { clock } = this.parts;
    const pause = (ms: number) => clock.sleep(ms, deadline.signal).catch(() => undefined);
    await Promise.race([
      Promise.allSettled(this.#running),
      callsEnded.then(() => pause(STORE_OUTCOMES_MS)),
      pause(timeoutMs),
    ]);
    deadline.abort();
  }

  /** Starts nothing more and resolves when what runs has ended, however long that takes. */
  async drain(): Promise<void> {
    this.#halt();
    await Promise.allSettled(this.#running);
  }

  #halt(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #add(work: QueuedWork): Entry {
    const entry: Entry = { work, state: 'deferred', ticket: 0, again: null };
    this.#entries.set(work.id, entry);
    return entry;
  }

  #place(entry: Entry): void {
    entry.state = 'queued';
    entry.ticket += 1;
    this.#queue.push(entry.work.lane, { entry, ticket: entry.ticket });
  }

  #rest(entry: Entry, end: Exclude<DeliveryEnd, { kind: 'settled' }>): void {
    entry.ticket += 1;
    if (end.kind === 'parked') {
      entry.state = 'parked';
      return;
    }
    entry.state = 'deferred';
    this.#waiting.push(end.atMs, { entry, ticket: entry.ticket });
    this.#arm();
  }

  #pump(): void {
    while (!this.#stopped) {
      const place = this.#next();
      if (!place) return;
      const { entry, ticket } = place;
      if (entry.ticket !== ticket || entry.state !== 'queued') continue;
      entry.state = 'delivering';
      const running = this.#deliver(entry).finally(() => {
        this.#running.delete(running);
        this.#pump();
      });
      this.#running.add(running);
    }
  }

  #next(): Place | undefined {
    const { maxDeliveries } = this.parts;
    if (this.#running.size < maxDeliveries) return this.#queue.shift();
    return this.#running.size < 2 * maxDeliveries ? this.#queue.shift(BUSY_LANES) : undefined;
  }

  async #deliver(entry: Entry): Promise<void> {
    const { work } = entry;
    const resumes = this.#resumes;
    let end: DeliveryEnd;
    try {
      end = await this.parts.deliver(work);
    } catch (thrown) {
      this.parts.onDefect(work, asError(thrown));
      end = { kind: 'deferred', atMs: this.parts.clock.now() + AFTER_DEFECT_MS };
    }
    if (entry.again) {
      entry.work = entry.again;
      entry.again = null;
      this.#place(entry);
    } else if (end.kind === 'parked' && resumes !== this.#resumes) this.#place(entry);
    else if (end.kind === 'settled') this.#entries.delete(work.id);
    else this.#rest(entry, end);
  }

  #arm(): void {
    const at = this.#waiting.nextAt;
    if (at === undefined || this.#stopped) return;
    if (this.#timer && this.#timer.at <= at) return;
    this.#timer?.cancel();
    const cancel = this.parts.clock.setTimer(Math.max(0, at - this.parts.clock.now()), () => this.#wake());
    this.#timer = { at, cancel };
  }

  #wake(): void {
    this.#timer = null;
    const now = this.parts.clock.now();
    for (let due = this.#waiting.popDue(now); due; due = this.#waiting.popDue(now)) {
      const { entry, ticket } = due;
      if (entry.ticket === ticket && entry.state === 'deferred') this.#place(entry);
    }
    this.#arm();
    this.#pump();
  }
}
