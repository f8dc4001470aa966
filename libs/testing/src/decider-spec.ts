import { expect } from 'vitest';

/** The pure part of an Aggregate (libs/processor), spelled out here because processor's own specs use this package. */
export interface Decider<State, Input, Event extends { readonly type: string }> {
  readonly initial: (id: string) => State;
  readonly decide: (input: Input, state: State, context: { now: number; tenantId: string }) => readonly Event[];
  readonly evolve: (state: State, event: Event) => State;
  readonly publish: (event: Event, id: string) => readonly unknown[];
  readonly tenantOf: (id: string) => string;
}

export interface DeciderSpecOptions {
  readonly id?: string;
  /** Milliseconds since the epoch. */
  readonly now?: number;
}

/**
 * `given(aggregate, events).when(input).thenEvents(events)`: the specification form of a decider. Every event must be
 * published somewhere, and deciding must not change the state it was given.
 */
export function given<State, Input, Event extends { readonly type: string }>(
  aggregate: Decider<State, Input, Event>,
  history: readonly Event[] = [],
  options: DeciderSpecOptions = {},
) {
  const { id = 'demo:orders:woo:1', now = Date.UTC(2026, 0, 5, 12) } = options;
  const tenantId = aggregate.tenantOf(id);
  const before = history.reduce<State>((state, event) => aggregate.evolve(state, event), aggregate.initial(id));
  return {
    state: before,
    when(input: Input) {
      const snapshot = JSON.stringify(before);
      const events = aggregate.decide(input, before, { now, tenantId });
      expect(JSON.stringify(before), 'decide must not change its state').toBe(snapshot);
      for (const event of events) {
        expect(aggregate.publish(event, id).length, `${event.type} is published`).toBeGreaterThan(0);
      }
      return {
        events,
        /** State after the decided events. */
        state: events.reduce<State>((state, event) => aggregate.evolve(state, event), before),
        thenEvents(expected: readonly Event[]): void {
          expect(events).toEqual(expected);
        },
        thenNothing(): void {
          expect(events).toEqual([]);
        },
      };
    },
  };
}
