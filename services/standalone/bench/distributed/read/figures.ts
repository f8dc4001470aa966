import { InvariantError } from '@tillstream/kernel';
import { type DistributedStack, type Figure, figure, median, ratios, spread } from '@tillstream/testing';
import { cpuSeconds } from '../../process-usage.js';
import { withDatabase } from '../database.js';
import type { BareServer, BareServerInput } from './bare-server.js';
import { type Child, startChild } from './child.js';
import { getRun, type Server } from './connect-to.js';
import type { Latencies, LoadInput } from './load.js';
import type { OwnServer, OwnServerInput } from './own-server.js';

const ROUNDS = 31;
const READS = 150;
const CLIENTS = [1, 8];
const GOAL = 1.6;

interface Servers {
  readonly own: Child<OwnServer>;
  readonly bare: Child<BareServer>;
}

/**
 * Middle latency of reading one run by its id, over REST and gRPC, against a bare Fastify route with the MongoDB driver:
 * both check the key by one look-up of its hash and read one document by _id, and both answer the same JSON. Servers and
 * client are processes of their own; connections stay open.
 */
export function readFigures({ mongoUri, brokers, prefix }: DistributedStack): Promise<readonly Figure[]> {
  return withDatabase(mongoUri, `${prefix}read`, (database) => withServers(database, brokers, prefix, figuresOf));
}

async function withServers<R>(
  mongoUri: string,
  brokers: readonly string[],
  topicPrefix: string,
  work: (servers: Servers) => Promise<R>,
): Promise<R> {
  const ownInput: OwnServerInput = { brokers, topicPrefix, mongoUri };
  const own = await startChild<OwnServer>('own-server', ownInput);
  try {
    const bareInput: BareServerInput = { mongoUri, answer: JSON.parse(await getRun(own.message.url)) };
    const bare = await startChild<BareServer>('bare-server', bareInput);
    try {
      return await work({ own, bare });
    } finally {
      await bare.stop();
    }
  } finally {
    await own.stop();
  }
}

async function figuresOf(servers: Servers): Promise<Figure[]> {
  const { own, bare } = servers;
  if ((await getRun(own.message.url)) !== (await getRun(bare.message.url))) {
    throw new InvariantError('bench_answers', 'the two servers answer differently');
  }
  const figures: Figure[] = [];
  for (const clients of CLIENTS) figures.push(await measured('REST', { rest: own.message.url }, servers, clients));
  const { grpcUrl } = own.message;
  for (const clients of CLIENTS) {
    figures.push(
      grpcUrl === null ? notServed('gRPC', clients) : await measured('gRPC', { grpc: grpcUrl }, servers, clients),
    );
  }
  return figures;
}

async function measured(protocol: string, server: Server, { own, bare }: Servers, clients: number): Promise<Figure> {
  const used = () => [cpuSeconds(own.pid), cpuSeconds(bare.pid)] as const;
  const before = used();
  const input: LoadInput = { own: server, bare: { rest: bare.message.url }, rounds: ROUNDS, reads: READS, clients };
  const load = await startChild<Latencies>('load', input);
  const latencies = load.message;
  await load.stop();
  const cpu = used().map((seconds, index) => ((seconds - (before[index] ?? 0)) * 1e6) / ((ROUNDS + 1) * READS));
  const perRound = ratios(latencies.own, latencies.bare);
  return figure(nameOf(protocol, clients), {
    value: median(perRound),
    digits: 2,
    goal: { atMost: GOAL },
    detail:
      `p50 ${median(latencies.own).toFixed(2)} against ${median(latencies.bare).toFixed(2)} ms, ${ROUNDS} rounds of ` +
      `${READS} reads, ratios ${spread(perRound, 2)}; CPU of the server ${cpu[0]?.toFixed(0)} against ` +
      `${cpu[1]?.toFixed(0)} us a read`,
  });
}

function notServed(protocol: string, clients: number): Figure {
  const detail = 'query-api told no gRPC address';
  return { name: nameOf(protocol, clients), value: 'not served', goal: `<= ${GOAL}`, met: false, detail };
}

function nameOf(protocol: string, clients: number): string {
  return `point read over ${protocol}, ${clients === 1 ? 'one client' : `${clients} clients`} / bare Fastify + driver`;
}
