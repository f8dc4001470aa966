// The client of both servers, in a process of its own: the same reads over connections that stay open, in turns.
import { median } from '@tillstream/testing';
import { childInput, tellParent } from './child.js';
import { connectTo, type Reader, type Server } from './connect-to.js';

export interface LoadInput {
  readonly own: Server;
  readonly bare: Server;
  readonly rounds: number;
  /** Reads of each server in each round. */
  readonly reads: number;
  /** Reads under way at a time. */
  readonly clients: number;
}

/** Middle latency of each round, milliseconds. */
export interface Latencies {
  readonly own: readonly number[];
  readonly bare: readonly number[];
}

const { own, bare, rounds, reads, clients } = childInput<LoadInput>();
const servers = { own: connectTo(own, clients), bare: connectTo(bare, clients) };
const latencies: Record<keyof Latencies, number[]> = { own: [], bare: [] };
// The first round warms up connections and JIT of all processes.
for (let round = 0; round <= rounds; round += 1) {
  for (const side of round % 2 === 0 ? (['own', 'bare'] as const) : (['bare', 'own'] as const)) {
    const middle = median(await readings(servers[side]));
    if (round > 0) latencies[side].push(middle);
  }
}
servers.own.close();
servers.bare.close();
tellParent(latencies satisfies Latencies);

async function readings(reader: Reader): Promise<number[]> {
  const taken: number[] = [];
  let left = reads;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      const began = performance.now();
      await reader.read();
      taken.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return taken;
}
