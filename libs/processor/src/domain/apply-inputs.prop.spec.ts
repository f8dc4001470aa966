import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CounterState, counter, inputOf, inputRecord } from '../../test/counter.js';
import { applyInputs } from './apply-inputs.js';
import { absent, type Loaded } from './loaded-document.js';

const ID = 'a:1';
const NOW = Date.UTC(2026, 0, 5);
const start = () => absent(counter.initial(ID));
const input = (seq: number, amount: number) => inputOf(inputRecord(ID, seq, amount));

/** What a restart leaves of a document: its stored form. */
const reload = (loaded: Loaded<CounterState>) => JSON.parse(JSON.stringify(loaded)) as Loaded<CounterState>;

function deliver(loaded: Loaded<CounterState>, seqs: readonly number[], amounts: readonly number[]) {
  const inputs = seqs.map((seq) => input(seq, amounts[seq - 1] ?? 0));
  return applyInputs(counter, ID, loaded, inputs, NOW);
}

const amounts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 });
/** At-least-once delivery: each step goes back by some records and then forward by some more. */
const steps = fc.array(
  fc.record({ back: fc.nat(12), forward: fc.integer({ min: 1, max: 9 }), restart: fc.boolean() }),
  {
    minLength: 40,
    maxLength: 60,
  },
);

function schedule(count: number, plan: readonly { back: number; forward: number; restart: boolean }[]) {
  const batches: { seqs: number[]; restart: boolean }[] = [];
  let reached = 0;
  for (const { back, forward, restart } of [...plan, { back: count, forward: 2 * count, restart: true }]) {
    const from = Math.max(0, reached - back);
    const to = Math.min(count, Math.max(reached, from) + forward);
    batches.push({ seqs: Array.from({ length: to - from }, (_, index) => from + index + 1), restart });
    reached = Math.max(reached, to);
  }
  return batches;
}

describe('applying inputs', () => {
  it('ends in the state of once-in-order, whatever batches, repetitions and restarts delivered them', () => {
    fc.assert(
      fc.property(amounts, steps, (values, plan) => {
        const once = deliver(
          start(),
          values.map((_, index) => index + 1),
          values,
        ).next;
        let loaded = start();
        for (const { seqs, restart } of schedule(values.length, plan)) {
          const { next, gaps } = deliver(restart ? reload(loaded) : loaded, seqs, values);
          expect(gaps).toEqual([]);
          loaded = next;
        }
        expect(loaded.state).toEqual(once.state);
        expect([loaded.eventNumber, loaded.seqs, loaded.seen]).toEqual([once.eventNumber, once.seqs, once.seen]);
        expect(loaded.outbox).toEqual(once.outbox);
      }),
    );
  });

  it('applies an event only when it is newer than all seen of its producer: the later seq wins', () => {
    fc.assert(
      fc.property(amounts, fc.infiniteStream(fc.nat()), (values, chance) => {
        const order = values.map((_, index) => ({ seq: index + 1, at: chance.next().value }));
        const shuffled = order.sort((a, b) => Number(a.at) - Number(b.at)).map(({ seq }) => seq);
        const newer = shuffled.filter((seq, index) => seq > Math.max(0, ...shuffled.slice(0, index)));
        const { next, results } = deliver(start(), shuffled, values);
        expect(next.state.applied).toEqual(newer.map((seq) => values[seq - 1]));
        expect(results.map((result) => result.repeated)).toEqual(shuffled.map((seq) => !newer.includes(seq)));
      }),
    );
  });

  it('gives the same result whatever way a batch is cut', () => {
    fc.assert(
      fc.property(amounts, fc.nat(30), (values, cut) => {
        const seqs = values.map((_, index) => index + 1);
        const whole = deliver(start(), seqs, values).next;
        const first = deliver(start(), seqs.slice(0, cut), values).next;
        expect(deliver(first, seqs.slice(cut), values).next).toEqual(whole);
      }),
    );
  });
});
