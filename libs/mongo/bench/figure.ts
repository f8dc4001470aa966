import { type Measure, projectionRates } from './projection.js';

/** The shape of the figures in services/standalone/bench. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly goal: string;
  readonly met: boolean;
  readonly detail: string;
}

const GOAL = 0.8;
const ROUNDS = 7;
const ORDERS = 1000;
const BATCH = 250;

/** Projection through the port against the bare driver's bulkWrite: the median of the ratios of the rounds. */
export async function projectionFigure(uri: string): Promise<Figure> {
  const { port, bare } = await projectionRates({ uri, rounds: ROUNDS, orders: ORDERS, batchSize: BATCH });
  const ratios = port.map(({ rate }, round) => rate / (bare[round]?.rate ?? Number.NaN));
  const ratio = median(ratios);
  const spread = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`;
  const of = (measures: readonly Measure[], what: keyof Measure) =>
    Math.round(median(measures.map((one) => one[what])));
  const rates = `${of(port, 'rate')} against ${of(bare, 'rate')} documents/s`;
  const cpu = `CPU of the client ${of(port, 'cpuMicros')} against ${of(bare, 'cpuMicros')} us a document`;
  return {
    name: 'projection into MongoDB through the port / bare driver bulkWrite',
    value: ratio.toFixed(2),
    goal: `>= ${GOAL.toFixed(2)}`,
    met: ratio >= GOAL,
    detail: `${rates}, ${ROUNDS} rounds of ${3 * ORDERS} documents in alternating batches of ${BATCH}, ratios ${spread}; ${cpu}`,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
