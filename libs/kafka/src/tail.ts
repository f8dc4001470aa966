import type { Subscription, TailOptions } from '@tillstream/event-log';
import { asError } from '@tillstream/kernel';
import { backoffMs } from './backoff.js';
import { logError } from './errors.js';
import type { FetchPosition, Reader } from './reader.js';
import { toRecord } from './records.js';

/** With several brokers also the longest a record waits behind a quiet one. */
const LONG_POLL_MS = 500;
const LONGEST_PAUSE_MS = 5000;

/** Follows topics from their ends at the start, without a group; survives brokers that come and go. */
export class Tail implements Subscription {
  #positions: readonly FetchPosition[];
  #stopping = false;
  #follower: Error | undefined;
  #connection: Error | undefined;
  #endPause: (() => void) | undefined;
  readonly #running: Promise<void>;

  private constructor(
    private readonly options: TailOptions,
    private readonly reader: Reader,
    positions: readonly FetchPosition[],
  ) {
    this.#positions = positions;
    this.#running = this.#run();
  }

  static async start(options: TailOptions, reader: Reader): Promise<Tail> {
    const ends = await Promise.all(
      options.topics.map(async (topic) =>
        (await reader.ends(topic)).map((offset, partition) => ({ topic, partition, offset })),
      ),
    );
    return new Tail(options, reader, ends.flat());
  }

  get lastError(): Error | undefined {
    return this.#follower ?? this.#connection;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#endPause?.();
    await this.reader.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let attempt = 1; !this.#stopping; attempt += 1) {
      try {
        const answers = await this.reader.fetch(this.#positions, LONG_POLL_MS);
        if (this.#stopping) return;
        this.#connection = undefined;
        attempt = 0;
        const next = new Map(this.#positions.map((each) => [`${each.topic}/${each.partition}`, each]));
        for (const [position, batch] of answers) {
          const { topic, partition } = position;
          for (const message of batch.messages) this.#tell(toRecord(topic, partition, message));
          if (batch.rawMessages.length > 0) {
            next.set(`${topic}/${partition}`, { topic, partition, offset: Number(batch.lastOffset()) + 1 });
          }
        }
        this.#positions = [...next.values()];
      } catch (thrown) {
        if (this.#stopping) return;
        this.#connection = logError(thrown);
        await this.reader.recover(thrown);
        await this.#pause(backoffMs(attempt, LONGEST_PAUSE_MS));
      }
    }
  }

  #tell(record: Parameters<TailOptions['onRecord']>[0]): void {
    if (this.#stopping) return;
    try {
      this.options.onRecord(record);
    } catch (thrown) {
      this.#follower = asError(thrown);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
