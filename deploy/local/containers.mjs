// The stack in containers, where a Docker engine is. `engine` is that of container-engine.mjs.
import { randomBytes } from 'node:crypto';
import { BROKER_SETTINGS, version } from './broker-settings.mjs';
import { freePorts, StackError, until } from './processes.mjs';

/** The same version as on Java; a pinned mongod. */
export const KAFKA_IMAGE = `apache/kafka:${version}`;
export const MONGO_IMAGE = 'mongo:8.0.12';
/** Images may have to be pulled first. */
const STARTUP_MS = 180_000;
const ANSWERS_MS = 30_000;
/** Inside the containers. */
const CLIENT_PORT = 9092;
const MONGO_PORT = 27017;

/**
 * A broker tells its clients where it is, so its port outside is chosen before it starts. It talks to itself on a
 * listener of its own: the advertised address leads nowhere inside the container.
 */
export function kafkaContainer({ stack, host, port, clusterId }) {
  const settings = {
    ...BROKER_SETTINGS,
    'controller.quorum.voters': '1@localhost:9093',
    listeners: `CLIENT://0.0.0.0:${CLIENT_PORT},BROKER://localhost:19092,CONTROLLER://localhost:9093`,
    'advertised.listeners': `CLIENT://${host}:${port},BROKER://localhost:19092`,
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'log.dirs': '/tmp/kraft-combined-logs',
  };
  return {
    stack,
    image: KAFKA_IMAGE,
    ports: [{ container: CLIENT_PORT, host: port }],
    environment: {
      CLUSTER_ID: clusterId,
      KAFKA_HEAP_OPTS: '-Xms64m -Xmx512m',
      ...Object.fromEntries(Object.entries(settings).map(([property, value]) => [variableOf(property), value])),
    },
    ready: /Kafka Server started/,
    startupMs: STARTUP_MS,
  };
}

export function mongoContainer({ stack, port }) {
  return {
    stack,
    image: MONGO_IMAGE,
    ports: [{ container: MONGO_PORT, host: port }],
    environment: {},
    ready: /Waiting for connections/,
    startupMs: STARTUP_MS,
  };
}

/** The image's rule; no property of ours has `_` or `-`, which it writes otherwise. */
const variableOf = (property) => `KAFKA_${property.toUpperCase().replaceAll('.', '_')}`;

/** 16 random bytes as Kafka writes them; a leading dash would look like an option. */
function newClusterId() {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

/**
 * Both servers, answering. `servers` = how to ask each: `{ kafka: { answers }, mongo: { answers } }`. Whatever was
 * started is removed again when one of them fails, and what an `up` that was killed has left behind is removed first.
 */
export async function startContainers(stack, engine, servers) {
  for (const id of await engine.leftOver(stack)) await engine.remove(id);
  const { host } = engine;
  const [kafkaPort, mongoPort] = await freePorts(2);
  const wanted = [
    {
      key: 'kafka',
      container: kafkaContainer({ stack, host, port: kafkaPort, clusterId: newClusterId() }),
      address: { version, port: kafkaPort, brokers: `${host}:${kafkaPort}` },
    },
    {
      key: 'mongo',
      container: mongoContainer({ stack, port: mongoPort }),
      address: { version: MONGO_IMAGE, host, port: mongoPort, uri: `mongodb://${host}:${mongoPort}/tillstream` },
    },
  ];
  const outcomes = await Promise.allSettled(wanted.map((server) => startOne(server, engine, servers)));
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed === undefined) return Object.fromEntries(outcomes.map(({ value }) => value));
  for (const id of await engine.leftOver(stack)) await engine.remove(id);
  throw failed.reason instanceof StackError
    ? failed.reason
    : new StackError(`a container of the stack did not start: ${failed.reason.message}`);
}

async function startOne({ key, container, address }, engine, servers) {
  const server = { ...address, container: await engine.start(container) };
  if (!(await until(() => servers[key].answers(server), ANSWERS_MS, 100))) {
    throw new StackError(`${key} in container ${server.container.slice(0, 12)} does not answer on port ${server.port}`);
  }
  return [key, server];
}

/** Removes a stack's containers by id, also those of a process that is gone. */
export async function endContainers(state, engine) {
  const ids = [state.kafka, state.mongo].flatMap((server) => (server?.container ? [server.container] : []));
  if (engine === undefined) {
    throw new StackError(`no Docker engine answers; these containers may still run: ${ids.join(', ')}`);
  }
  await Promise.all(ids.map((id) => engine.remove(id)));
}
