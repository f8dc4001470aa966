import { StoredEvent } from '@tillstream/contracts';
import type { EventLog } from '@tillstream/event-log';
import { InvariantError } from '@tillstream/kernel';
import { producerOf } from './domain/apply-inputs.js';
import type { Aggregate, DomainEvent } from './types.js';

export interface RebuiltState<State> {
  readonly state: State;
  readonly eventNumber: number;
}

const PAGE = 1000;

/**
 * Folds every document of an aggregate from the topics it publishes to: events merged by eventNumber, repeats of one
 * event taken once (I5). Throws `event_number_gap` when an event is missing.
 */
export async function rebuildStates<State, Input, Event extends DomainEvent>(
  aggregate: Aggregate<State, Input, Event>,
  log: EventLog,
  topics: readonly string[],
): Promise<ReadonlyMap<string, RebuiltState<State>>> {
  const prefix = producerOf(aggregate.name, '');
  const histories = new Map<string, Map<number, StoredEvent>>();
  for (const topic of topics) {
    for await (const event of eventsOf(log, topic)) {
      if (!event.producer.startsWith(prefix)) continue;
      const id = event.producer.slice(prefix.length);
      const history = histories.get(id) ?? new Map<number, StoredEvent>();
      if (!histories.has(id)) histories.set(id, history);
      if (!history.has(event.eventNumber)) history.set(event.eventNumber, event);
    }
  }
  return new Map([...histories].map(([id, history]) => [id, fold(aggregate, id, history)]));
}

function fold<State, Input, Event extends DomainEvent>(
  aggregate: Aggregate<State, Input, Event>,
  id: string,
  history: ReadonlyMap<number, StoredEvent>,
): RebuiltState<State> {
  let state = aggregate.initial(id);
  for (let number = 1; number <= history.size; number += 1) {
    const event = history.get(number);
    if (!event)
      throw new InvariantError('event_number_gap', `${aggregate.name}/${id}: event ${number} is not in the log`);
    state = aggregate.evolve(state, event as unknown as Event);
  }
  return { state, eventNumber: history.size };
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
