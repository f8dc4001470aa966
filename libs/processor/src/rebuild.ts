import { StoredEvent } from '@tillstream/contracts';
import type { EventLog } from '@tillstream/event-log';
import { InvariantError } from '@tillstream/kernel';
import { producerOf } from './domain/apply-inputs.js';
import type { Aggregate, DomainEvent } from './types.js';

export interface RebuiltState<State> {
  readonly state: State;
  readonly eventNumber: number;
  /** Last seq per topic. */
  readonly seqs: Readonly<Record<string, number>>;
}

/** A part of the documents, so that a long history need not be in memory at once. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}
const WHOLE: Shard = { index: 0, count: 1 };

const PAGE = 1000;

/**
 * Folds every document of an aggregate from the topics it publishes to: events merged by eventNumber, repeats of one
 * event taken once (I5). Throws `event_number_gap` when an event is missing. Holds the events of the shard in memory.
 */
export async function rebuildStates<State, Input, Event extends DomainEvent>(
  aggregate: Aggregate<State, Input, Event>,
  log: EventLog,
  topics: readonly string[],
  shard: Shard = WHOLE,
): Promise<ReadonlyMap<string, RebuiltState<State>>> {
  const prefix = producerOf(aggregate.name, '');
  const histories = new Map<string, Map<number, Told>>();
  for (const topic of topics) {
    for await (const event of eventsOf(log, topic)) {
      if (!event.producer.startsWith(prefix)) continue;
      const id = event.producer.slice(prefix.length);
      if (shardOf(id, shard.count) !== shard.index) continue;
      const history = histories.get(id) ?? new Map<number, Told>();
      if (!histories.has(id)) histories.set(id, history);
      if (!history.has(event.eventNumber)) history.set(event.eventNumber, { topic, event });
    }
  }
  return new Map([...histories].map(([id, history]) => [id, fold(aggregate, id, history)]));
}

interface Told {
  readonly topic: string;
  readonly event: StoredEvent;
}

function shardOf(id: string, count: number): number {
  if (count === 1) return 0;
  let sum = 0;
  for (let at = 0; at < id.length; at += 1) sum = (sum * 31 + id.charCodeAt(at)) % 1_000_003;
  return sum % count;
}

function fold<State, Input, Event extends DomainEvent>(
  aggregate: Aggregate<State, Input, Event>,
  id: string,
  history: ReadonlyMap<number, Told>,
): RebuiltState<State> {
  let state = aggregate.initial(id);
  const seqs: Record<string, number> = {};
  for (let number = 1; number <= history.size; number += 1) {
    const told = history.get(number);
    if (!told)
      throw new InvariantError('event_number_gap', `${aggregate.name}/${id}: event ${number} is not in the log`);
    state = aggregate.evolve(state, told.event as unknown as Event);
    seqs[told.topic] = Math.max(seqs[told.topic] ?? 0, told.event.seq);
  }
  return { state, eventNumber: history.size, seqs };
}

async function* eventsOf(log: EventLog, topic: string): AsyncGenerator<StoredEvent> {
  for (const [partition, end] of (await log.endOffsets(topic)).entries()) {
    for (let offset = 0; offset < end; ) {
      const records = await log.read(topic, partition, offset, PAGE);
      const last = records.at(-1);
      if (!last) break;
      for (const record of records) {
        const event = StoredEvent.safeParse(parseJson(record.value));
        if (event.success) yield event.data;
      }
      offset = last.offset + 1;
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
