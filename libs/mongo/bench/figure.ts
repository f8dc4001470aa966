import { type Figure, figure, median, ratios, spread } from '@tillstream/testing';
import { type Measure, projectionRates } from './projection.js';

const GOAL = 0.8;
const ROUNDS = 7;
const ORDERS = 1000;
const BATCH = 250;

/** Projection through the port against the bare driver's bulkWrite: the median of the ratios of the rounds. */
export async function projectionFigure(uri: string): Promise<Figure> {
  const { port, bare } = await projectionRates({ uri, rounds: ROUNDS, orders: ORDERS, batchSize: BATCH });
  const perRound = ratios(
    port.map(({ rate }) => rate),
    bare.map(({ rate }) => rate),
  );
  const of = (measures: readonly Measure[], what: keyof Measure) =>
    Math.round(median(measures.map((one) => one[what])));
  const rates = `${of(port, 'rate')} against ${of(bare, 'rate')} documents/s`;
  const cpu = `CPU of the client ${of(port, 'cpuMicros')} against ${of(bare, 'cpuMicros')} us a document`;
  return figure('projection into MongoDB through the port / bare driver bulkWrite', {
    value: median(perRound),
    digits: 2,
    goal: { atLeast: GOAL },
    detail: `${rates}, ${ROUNDS} rounds of ${3 * ORDERS} documents in alternating batches of ${BATCH}, ratios ${spread(perRound, 2)}; ${cpu}`,
  });
}
