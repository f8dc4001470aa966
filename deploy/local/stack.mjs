// The verbs of the local stack. Where the servers come from, in this order: KAFKA_BROKERS and MONGODB_URI (servers
// already there: nothing is started), a Docker engine (testcontainers), Java and Python on this machine.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findEngine } from './container-engine.mjs';
import { endContainers, startContainers } from './containers.mjs';
import { answersKafka, missingForKafka, restartKafka, startKafka } from './kafka.mjs';
import { answersMongo, missingForMongo, restartMongo, startMongo } from './mongo.mjs';
import { here, readState, removeState, writeState } from './places.mjs';
import { endServer, isAlive, signalServer, StackError, startServer, until } from './processes.mjs';

const SERVERS = {
  kafka: { start: startKafka, restart: restartKafka, answers: answersKafka, missing: missingForKafka },
  mongo: { start: startMongo, restart: restartMongo, answers: answersMongo, missing: missingForMongo },
};

/** What scripts read: addresses, how the servers came about, and the settings a service needs. */
function describe(name, state) {
  const brokers = state.kafka?.brokers ?? null;
  const mongoUri = state.mongo?.uri ?? null;
  return {
    name,
    kind: state.kind,
    kafkaBrokers: brokers,
    mongoUri,
    servers: Object.fromEntries(
      Object.keys(SERVERS).flatMap((key) => (state[key] ? [[key, identity(state[key])]] : [])),
    ),
    env: { ...(brokers ? { KAFKA_BROKERS: brokers } : {}), ...(mongoUri ? { MONGODB_URI: mongoUri } : {}) },
  };
}

const identity = ({ version = null, pid = null, container }) => ({ version, pid, ...(container ? { container } : {}) });

export async function up(name, { only, users, owner } = {}) {
  const wanted = only === undefined ? Object.keys(SERVERS) : only.split(',');
  for (const key of wanted) if (!SERVERS[key]) throw new StackError(`unknown server "${key}": kafka or mongo`);
  const known = readState(name);
  if (known && wanted.every((key) => known[key])) {
    if ((await check(known)).every((server) => server.answers)) return describe(name, known);
    await down(name);
  }
  const given = only === undefined ? fromEnvironment() : undefined;
  if (given) return describe(name, given);
  // Faults are a matter of processes: a spec that asks for a server of its own gets one on this machine.
  const engine = users || only !== undefined ? undefined : await findEngine();
  const state = engine ? await inContainers(name, engine) : await onMachine(wanted, users);
  writeState(name, state);
  if (owner !== undefined) watch(name, owner);
  return describe(name, state);
}

/** Both addresses given: they are used as they are. */
function fromEnvironment() {
  const { KAFKA_BROKERS: brokers, MONGODB_URI: uri } = process.env;
  return brokers && uri ? { kind: 'environment', kafka: { brokers }, mongo: { uri } } : undefined;
}

async function inContainers(name, engine) {
  return { kind: 'containers', ...(await startContainers(name, engine, SERVERS)) };
}

async function onMachine(wanted, users) {
  const missing = wanted.flatMap((key) => SERVERS[key].missing());
  if (missing.length > 0) {
    throw new StackError(
      `no Kafka and MongoDB here. One of these is needed: KAFKA_BROKERS and MONGODB_URI set to running servers; a Docker ` +
        `engine; or, to start them on this machine: ${missing.join(', ')}.`,
    );
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tillstream-stack-'));
  const state = { kind: 'processes', folder };
  const outcomes = await Promise.allSettled(
    wanted.map(async (key) => {
      state[key] = await SERVERS[key].start(folder, { users });
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await end(state);
    throw failed.reason;
  }
  return state;
}

async function end(state) {
  if (state.kind === 'containers') return endContainers(state, await findEngine());
  const started = Object.keys(SERVERS).flatMap((key) => (state[key]?.pid ? [state[key]] : []));
  await Promise.all(started.map((server) => endServer(server)));
  if (state.folder) rmSync(state.folder, { recursive: true, force: true });
}

export async function down(name) {
  const state = readState(name);
  if (state) await end(state);
  removeState(name);
  return { name, stopped: state !== undefined };
}

/** Which servers of a stack answer now. */
function check(state) {
  return Promise.all(
    Object.entries(SERVERS).flatMap(([key, { answers }]) =>
      state[key] ? [answers(state[key]).then((answer) => ({ server: key, answers: answer }))] : [],
    ),
  );
}

export async function status(name) {
  const state = readState(name) ?? fromEnvironment();
  if (!state) return { name, running: false };
  const checks = state.kind === 'environment' ? [] : await check(state);
  return {
    ...describe(name, state),
    running: true,
    answers: Object.fromEntries(checks.map((c) => [c.server, c.answers])),
  };
}

/** For fault specs: SIGKILL, SIGSTOP, SIGCONT to one server of a stack of processes. */
export async function signal(name, key, signalName) {
  const server = ownServer(name, key);
  if (!signalServer(server, signalName)) throw new StackError(`${key} of stack ${name} is not running`);
  if (signalName === 'SIGKILL') await until(() => !isAlive(server), 5000);
  return { name, server: key, signal: signalName };
}

/** Starts a server that was ended again: same data, same port. */
export async function restart(name, key) {
  const server = ownServer(name, key);
  await endServer(server);
  const running = await SERVERS[key].restart(server);
  writeState(name, { ...readState(name), [key]: running });
  return { name, server: key, pid: running.pid };
}

function ownServer(name, key) {
  const state = readState(name);
  if (state?.kind !== 'processes' || !state[key]) {
    throw new StackError(`stack ${name} runs no ${key ?? 'server'} as a process of this machine`);
  }
  return state[key];
}

/** A stack started for a test run must not outlive it, also when that is killed: a process watches the owner. */
function watch(name, owner) {
  const args = [path.join(here, 'main.mjs'), 'guard', '--name', name, '--owner', owner];
  startServer(process.execPath, args, { log: os.devNull, cwd: here });
}

export async function guard(name, owner) {
  const alive = () => {
    try {
      return process.kill(owner, 0);
    } catch {
      return false;
    }
  };
  while (readState(name)) {
    if (!alive()) return down(name);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return { name, stopped: false };
}
