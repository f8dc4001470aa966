import { InvariantError } from '@tillstream/kernel';
import { type DistributedStack, type Figure, figure, type Goal, median, ratios, spread } from '@tillstream/testing';
import { cpuSeconds } from '../../process-usage.js';
import { withDatabase } from '../database.js';
import type { BareServer, BareServerInput } from './bare-server.js';
import { type Child, startChild } from './child.js';
import { getRun, getSync, type Server } from './connect-to.js';
import type { Latencies, LoadInput } from './load.js';
import type { OwnServer, OwnServerInput } from './own-server.js';

const ROUNDS = 21;
const READS = 150;
const CLIENTS = [1, 8];
const GOAL: Goal = { atMost: 1.6 };

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
    const { url, grpcUrl } = own.message;
    const message = grpcUrl === null ? null : await getSync(grpcUrl);
    const bareInput: BareServerInput = { mongoUri, answer: JSON.parse(await getRun(url)), message };
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
  const { url, grpcUrl } = servers.own.message;
  const bare = servers.bare.message;
  const [rest, bareRest, bareGrpc] = [{ rest: url }, { rest: bare.url }, { grpc: bare.grpcUrl }] as const;
  if ((await getRun(url)) !== (await getRun(bare.url))) throw answersDiffer('REST');
  const grpc = grpcUrl === null ? null : { grpc: grpcUrl };
  if (grpc && (await getSync(grpc.grpc)) !== (await getSync(bare.grpcUrl))) throw answersDiffer('gRPC');
  const figures: Figure[] = [];
  for (const clients of CLIENTS) {
    figures.push(await measured(servers, clients, { own: rest, bare: bareRest, goal: GOAL }));
  }
  for (const clients of CLIENTS) {
    if (grpc === null) {
      figures.push(notServed(clients));
      continue;
    }
    figures.push(await measured(servers, clients, { own: grpc, bare: bareRest, goal: GOAL }));
    // What of it is gRPC's own cost.
    figures.push(await measured(servers, clients, { own: grpc, bare: bareGrpc, goal: null }));
  }
  return figures;
}

interface Sides {
  readonly own: Server;
  readonly bare: Server;
  readonly goal: Goal;
}

async function measured({ own, bare }: Servers, clients: number, sides: Sides): Promise<Figure> {
  const used = () => [cpuSeconds(own.pid), cpuSeconds(bare.pid)] as const;
  const before = used();
  const input: LoadInput = { own: sides.own, bare: sides.bare, rounds: ROUNDS, reads: READS, clients };
  const load = await startChild<Latencies>('load', input);
  const latencies = load.message;
  await load.stop();
  const cpu = used().map((seconds, index) => ((seconds - (before[index] ?? 0)) * 1e6) / ((ROUNDS + 1) * READS));
  const perRound = ratios(latencies.own, latencies.bare);
  return figure(nameOf(sides, clients), {
    value: median(perRound),
    digits: 2,
    goal: sides.goal,
    detail:
      `p50 ${median(latencies.own).toFixed(2)} against ${median(latencies.bare).toFixed(2)} ms, ${ROUNDS} rounds of ` +
      `${READS} reads, ratios ${spread(perRound, 2)}; CPU of the server ${cpu[0]?.toFixed(0)} against ` +
      `${cpu[1]?.toFixed(0)} us a read`,
  });
}

function notServed(clients: number): Figure {
  const name = nameOf({ own: { grpc: '' }, bare: { rest: '' } }, clients);
  return {
    ...figure(name, { value: Number.NaN, digits: 2, goal: GOAL, detail: 'query-api told no gRPC address' }),
    value: 'not served',
  };
}

function nameOf({ own, bare }: Pick<Sides, 'own' | 'bare'>, clients: number): string {
  const protocol = 'rest' in own ? 'REST' : 'gRPC';
  const bareName = 'rest' in bare ? 'Fastify' : 'grpc-js';
  return `point read over ${protocol}, ${clients === 1 ? 'one client' : `${clients} clients`} / bare ${bareName} + driver`;
}

function answersDiffer(protocol: string): InvariantError {
  return new InvariantError('bench_answers', `the two servers answer differently over ${protocol}`);
}
