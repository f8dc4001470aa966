// A real Apache Kafka broker (KRaft, one node) from Maven jars on the machine's Java.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { BROKER_SETTINGS, pom, version } from './broker-settings.mjs';
import { cacheFolder, here } from './places.mjs';
import { freePorts, isAlive, lastLines, StackError, startServer, until, works } from './processes.mjs';

const READY_MS = 60_000;
/** Pinned, so that a newer default of the machine's Maven changes nothing. */
const COPY_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const JVM = [
  '-Xms64m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Djava.awt.headless=true',
  `-Dlog4j2.configurationFile=file:${path.join(here, 'log4j2.yaml')}`,
];

/** What this machine lacks to run a broker; empty = nothing. */
export function missingForKafka() {
  const missing = [];
  if (!works('java', ['-version'])) missing.push('Java 17 or newer (java)');
  if (!existsSync(jarFolder()) && !works('mvn', ['-version'])) missing.push('Maven (mvn), to fetch the broker once');
  return missing;
}

const jarFolder = () => path.join(cacheFolder(), `kafka-${version}`);

function jars() {
  const folder = jarFolder();
  if (existsSync(folder)) return folder;
  const part = `${folder}.${process.pid}`;
  process.stderr.write(`tillstream: fetching Apache Kafka ${version} (once)\n`);
  try {
    execFileSync('mvn', ['-q', '-B', '-f', pom, COPY_JARS, `-DoutputDirectory=${part}`, '-DincludeScope=runtime'], {
      stdio: ['ignore', 2, 2],
    });
    renameSync(part, folder);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(folder)) throw new StackError(`Maven could not fetch Apache Kafka ${version}: ${error.message}`);
  }
  return folder;
}

const java = (main, ...args) => [...JVM, '-cp', path.join(jars(), '*'), main, ...args];

/** `users`: name -> password makes clients log in with SASL/PLAIN (specs of wrong credentials). */
function properties({ port, controllerPort, data, users }) {
  const protocol = users ? 'SASL_PLAINTEXT' : 'PLAINTEXT';
  const login = users
    ? [
        'sasl.enabled.mechanisms=PLAIN',
        'sasl.mechanism.inter.broker.protocol=PLAIN',
        `listener.name.client.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="broker" password="broker-secret" user_broker="broker-secret" ${Object.entries(
          users,
        )
          .map(([name, password]) => `user_${name}="${password}"`)
          .join(' ')};`,
      ]
    : [];
  return [
    ...Object.entries(BROKER_SETTINGS).map(([property, value]) => `${property}=${value}`),
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=CLIENT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=CLIENT://127.0.0.1:${port}`,
    `listener.security.protocol.map=CLIENT:${protocol},CONTROLLER:PLAINTEXT`,
    'inter.broker.listener.name=CLIENT',
    ...login,
    `log.dirs=${data}`,
    '',
  ].join('\n');
}

/** Formats a fresh data folder and starts the broker on free ports; resolves when a client got its cluster from it. */
export async function startKafka(folder, { users } = {}) {
  const home = path.join(folder, 'kafka');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const [port, controllerPort] = await freePorts(2);
  const config = path.join(home, 'server.properties');
  writeFileSync(config, properties({ port, controllerPort, data: path.join(home, 'data'), users }), { mode: 0o600 });
  const tool = (...args) =>
    execFileSync('java', java('kafka.tools.StorageTool', ...args), { encoding: 'utf8', stdio: ['ignore', 'pipe', 2] });
  // Log lines go to stdout too: the id is the last line.
  const id = tool('random-uuid').trim().split('\n').at(-1);
  tool('format', '-t', id, '-c', config);
  return restartKafka({ version, port, brokers: `127.0.0.1:${port}`, home, config, users: users ?? null });
}

/** Starts the broker again over its data on the same port. */
export async function restartKafka(server) {
  const log = path.join(server.home, 'broker.log');
  const started = startServer('java', java('kafka.Kafka', server.config), { log, cwd: server.home });
  const running = { ...server, ...started, log };
  const ready = await until(async () => !isAlive(started) || (await answersKafka(running)), READY_MS, 100);
  if (!ready || !isAlive(started)) throw new StackError(`the Kafka broker did not start:\n${lastLines(log)}`);
  return running;
}

/** A client of the kind the product uses logs in and is told who the controller is: not merely an open port. */
export async function answersKafka({ brokers, users }) {
  const { Kafka, logLevel } = kafkajs();
  const [username, password] = Object.entries(users ?? {})[0] ?? [];
  const admin = new Kafka({
    clientId: 'tillstream-stack',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    ...(username ? { sasl: { mechanism: 'plain', username, password } } : {}),
  }).admin();
  try {
    await admin.connect();
    const { brokers: known, controller } = await admin.describeCluster();
    return known.length > 0 && controller !== null;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

/** kafkajs without its warning about a negative timer (libs/kafka/src/client/idle-timer.ts says why it is harmless). */
function kafkajs() {
  const require = createRequire(import.meta.url);
  const RequestQueue = require('kafkajs/src/network/requestQueue');
  const { scheduleCheckPendingRequests: schedule } = RequestQueue.prototype;
  if (!schedule.patched) {
    RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleWhenPending() {
      if (this.pending.length > 0) schedule.call(this);
    };
    RequestQueue.prototype.scheduleCheckPendingRequests.patched = true;
  }
  return require('kafkajs');
}
