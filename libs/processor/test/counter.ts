import type { RecordToAppend, TopicDefinition } from '@tillstream/event-log';
import { aggregateCollection } from '../src/collection.js';
import type { Aggregate, AggregateInput } from '../src/types.js';

export interface CounterState {
  readonly total: number;
  readonly applied: readonly number[];
  readonly alerts: number;
}

export type CounterInput = { readonly add: number };

export type CounterEvent =
  | { readonly type: 'Added'; readonly facts: { readonly amount: number } }
  | { readonly type: 'Alerted'; readonly facts: { readonly total: number } };

export const COUNTS = 'test.counts.v1';
export const ALERTS = 'test.alerts.v1';
export const INPUTS = 'test.inputs.v1';

/** Adds numbers, publishes every addition and, on a second topic, every multiple of five. Zero is a no-op. */
export const counter: Aggregate<CounterState, CounterInput, CounterEvent> = {
  name: 'counter_state',
  initial: () => ({ total: 0, applied: [], alerts: 0 }),
  decide: ({ add }, state) => {
    if (add === 0) return [];
    const total = state.total + add;
    const added: CounterEvent = { type: 'Added', facts: { amount: add } };
    return total % 5 === 0 ? [added, { type: 'Alerted', facts: { total } }] : [added];
  },
  evolve: (state, event) =>
    event.type === 'Added'
      ? { ...state, total: state.total + event.facts.amount, applied: [...state.applied, event.facts.amount] }
      : { ...state, alerts: state.alerts + 1 },
  publish: (event, id) => [{ topic: event.type === 'Added' ? COUNTS : ALERTS, key: id }],
  tenantOf: (id) => id.split(':', 1)[0] ?? '',
  index: (state) => ({ total: state.total }),
};

export const TOPIC_DEFINITIONS: readonly TopicDefinition[] = [
  { name: COUNTS, partitions: 4, retentionMs: null },
  { name: ALERTS, partitions: 2, retentionMs: null },
  { name: INPUTS, partitions: 4, retentionMs: null },
  { name: `${INPUTS}.dlq`, partitions: 1, retentionMs: null },
];

export const COLLECTION_DEFINITIONS = [aggregateCollection(counter, [['total']])];

/** An input as it lies on the inputs topic: adds `amount` to the counter named by the key. */
export function inputRecord(id: string, seq: number, amount: number): RecordToAppend {
  return { topic: INPUTS, key: id, value: JSON.stringify({ producer: `shop/${id}`, seq, amount }) };
}

export function inputOf({ key, value }: Pick<RecordToAppend, 'key' | 'value'>): AggregateInput<CounterInput> {
  const { producer, seq, amount } = JSON.parse(value) as { producer: string; seq: number; amount: number };
  return { id: key, input: { add: amount }, source: { producer, topic: INPUTS, seq } };
}
