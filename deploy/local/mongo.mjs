// The MongoDB-compatible server of the local stack: SecantusDB from PyPI in a virtual environment of its own. It is
// GPL-2.0-only and a beta: a separate test process, never linked, bundled or shipped. Claims about MongoDB that were
// tested on it say so; set MONGODB_URI to run the same suites on a real mongod.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { cacheFolder } from './places.mjs';
import { freePorts, isAlive, lastLines, StackError, startServer, until, works } from './processes.mjs';

const VERSION = '0.7.0b3';
const READY_MS = 30_000;
const OP_MSG = 2013;

const environmentFolder = () => path.join(cacheFolder(), `secantusdb-${VERSION}`);
const inEnvironment = (name) => path.join(environmentFolder(), 'bin', name);
/** Written when the installation is complete: half an environment must not look like one. */
const stamp = () => path.join(environmentFolder(), '.complete');

/** What this machine lacks to run the server; empty = nothing. */
export function missingForMongo() {
  if (existsSync(stamp()) || works('python3', ['-c', 'import venv, ensurepip'])) return [];
  return ['Python 3 with venv and pip (python3)'];
}

function install() {
  if (existsSync(stamp())) return;
  process.stderr.write(`tillstream: installing SecantusDB ${VERSION} (once)\n`);
  rmSync(environmentFolder(), { recursive: true, force: true });
  try {
    execFileSync('python3', ['-m', 'venv', environmentFolder()], { stdio: ['ignore', 2, 2] });
    execFileSync(inEnvironment('pip'), ['install', '-q', '--disable-pip-version-check', `secantusdb==${VERSION}`], {
      stdio: ['ignore', 2, 2],
    });
  } catch (error) {
    throw new StackError(`pip could not install SecantusDB ${VERSION}: ${error.message}`);
  }
  writeFileSync(stamp(), '');
}

export async function startMongo(folder) {
  install();
  const home = path.join(folder, 'mongo');
  mkdirSync(path.join(home, 'data'), { recursive: true, mode: 0o700 });
  const [port] = await freePorts(1);
  return restartMongo({ version: `secantusdb ${VERSION}`, port, uri: `mongodb://127.0.0.1:${port}/tillstream`, home });
}

/** Starts the server again over its data on the same port. --sync-on-commit: acknowledged writes survive kill -9. */
export async function restartMongo(server) {
  const log = path.join(server.home, 'server.log');
  const args = ['--host', '127.0.0.1', '--port', String(server.port), '--storage-path', path.join(server.home, 'data')];
  const started = startServer(inEnvironment('secantusd-py'), [...args, '--sync-on-commit'], { log, cwd: server.home });
  const running = { ...server, ...started, log };
  const ready = await until(async () => !isAlive(started) || (await answersMongo(running)), READY_MS, 100);
  if (!ready || !isAlive(started))
    throw new StackError(`the MongoDB-compatible server did not start:\n${lastLines(log)}`);
  return running;
}

/** The handshake every driver begins with: `hello` must answer that this node takes writes. */
export function answersMongo({ host = '127.0.0.1', port }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const chunks = [];
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(helloMessage()));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const answer = Buffer.concat(chunks);
      if (answer.length < 4 || answer.length < answer.readInt32LE(0)) return;
      // BSON: type 8 (boolean), name, value true.
      end(answer.includes(Buffer.from('\x08isWritablePrimary\0\x01', 'latin1')));
    });
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}

/** OP_MSG with {hello: 1, $db: "admin"}. */
function helloMessage() {
  const database = Buffer.from('\x02$db\0\x06\0\0\0admin\0', 'latin1');
  const fields = Buffer.concat([Buffer.from('\x10hello\0\x01\0\0\0', 'latin1'), database, Buffer.from([0])]);
  const message = Buffer.alloc(16 + 4 + 1 + 4 + fields.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(1, 4);
  message.writeInt32LE(OP_MSG, 12);
  message.writeInt32LE(4 + fields.length, 21);
  fields.copy(message, 25);
  return message;
}
