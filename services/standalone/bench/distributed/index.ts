import { kafkaThroughputFigure } from '@tillstream/kafka/bench';
import { projectionFigure } from '@tillstream/mongo/bench';
import type { DistributedStack, Figure } from '@tillstream/testing';
import { Fleet } from '../../src/distributed/fleet.js';
import { aggregateFigure } from './aggregate.js';
import { idleOf } from './idle-services.js';
import { readFigures } from './read/figures.js';

/** What `npm run bench -- --distributed` measures on a real broker and document store, by name. */
export const DISTRIBUTED_BENCHES: Readonly<Record<string, (stack: DistributedStack) => Promise<readonly Figure[]>>> = {
  throughput: async ({ brokers, prefix }) => [await kafkaThroughputFigure(brokers, prefix)],
  aggregate: async (stack) => [await aggregateFigure(stack)],
  projection: async ({ mongoUri }) => [await projectionFigure(mongoUri)],
  read: readFigures,
  idle: idleOf(async ({ env }) => {
    const fleet = new Fleet({ env });
    await fleet.start();
    const processes = fleet.members.map(({ service, process }) => ({ name: service, pid: process.pid }));
    return { processes, stop: async () => void (await fleet.stop()) };
  }),
};
