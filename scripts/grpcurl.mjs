// Drives the gRPC face with grpcurl, a client that knows nothing of this project but what the server tells by reflection.
//
//   node scripts/grpcurl.mjs                          starts sandboxes and `npm start` by itself, and ends them again
//   node scripts/grpcurl.mjs --address host:port      an instance that runs; keys of the roles in OPERATOR_KEY, VIEWER_KEY.
//                                                     It starts a real incremental run of orders there.
//
// Every command is printed as it can be typed (the keys stand in the environment), with its outcome. Exit 1 when one
// differs from what is expected. grpcurl: the one named by GRPCURL, else it is built once, by the `go` on the PATH or
// the one named by GO, into the user's cache.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cacheFolder } from '../deploy/local/places.mjs';
import { root } from './gates.mjs';

const VERSION = 'v1.9.3';
const SERVICE = 'tillstream.sync.v1.SyncService';
const FINAL = ['SYNC_STATUS_COMPLETED', 'SYNC_STATUS_COMPLETED_WITH_ERRORS'];
const SHOWN_LINES = 14;
const KEYS = {
  operator: ['-expand-headers', '-H', 'authorization: Bearer ${OPERATOR_KEY}'],
  viewer: ['-expand-headers', '-H', 'authorization: Bearer ${VIEWER_KEY}'],
  none: [],
};

function installed() {
  if (process.env.GRPCURL) return process.env.GRPCURL;
  const folder = cacheFolder(`grpcurl-${VERSION}`);
  const binary = path.join(folder, process.platform === 'win32' ? 'grpcurl.exe' : 'grpcurl');
  if (existsSync(binary)) return binary;
  process.stdout.write(`building grpcurl ${VERSION} ...\n`);
  const source = `github.com/fullstorydev/grpcurl/cmd/grpcurl@${VERSION}`;
  const built = spawnSync(process.env.GO ?? 'go', ['install', source], {
    env: { ...process.env, GOBIN: folder },
    encoding: 'utf8',
  });
  if (built.status === 0) return binary;
  throw new Error(`grpcurl cannot be built: ${built.error?.message ?? built.stderr.trim().split('\n').at(-1)}`);
}

/** One address and its keys; remembers what differed. */
class Show {
  differences = 0;

  constructor(grpcurl, address, env) {
    this.grpcurl = grpcurl;
    this.address = address;
    this.env = env;
  }

  /**
   * `code`: the status as grpcurl writes it; `expected`: texts that the output must have. Returns the output. Not
   * synchronous: the sandboxes run in this process.
   */
  async run(title, { options = [], rest }, { code = 'OK', expected = [], check = () => true }) {
    const args = ['-plaintext', '-max-time', '120', ...options, this.address, ...rest];
    process.stdout.write(`\n# ${title}\n$ grpcurl ${args.map(quoted).join(' ')}\n`);
    const { status, text } = await outputOf(this.grpcurl, args, { ...process.env, ...this.env });
    process.stdout.write(`${shortened(text)}\n`);
    const ended = status === 0 ? 'OK' : (/^\s*Code: (\w+)/m.exec(text)?.[1] ?? `exit ${status}`);
    const wrong = [
      ...(ended === code ? [] : [code]),
      ...expected.filter((one) => !text.includes(one)),
      ...(check(text) ? [] : [check.name]),
    ];
    if (wrong.length > 0) this.differences += 1;
    process.stdout.write(
      wrong.length === 0 ? `=> as expected: ${ended}\n` : `=> DIFFERS: ${ended}, not ${wrong.join(', ')}\n`,
    );
    return text;
  }

  call(title, key, method, data, outcome) {
    const options = [...KEYS[key], '-d', JSON.stringify(data)];
    return this.run(title, { options, rest: [`${SERVICE}/${method}`] }, outcome);
  }
}

async function outputOf(command, args, env) {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const channel of [child.stdout, child.stderr]) {
    channel.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
  }
  const [status] = await once(child, 'close');
  return { status, text: text.trim() };
}

/** For a POSIX shell; grpcurl itself puts the keys of the environment in. */
function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text}'`;
}

function shortened(text) {
  const lines = text.split('\n');
  if (lines.length <= SHOWN_LINES) return text;
  return [
    ...lines.slice(0, SHOWN_LINES - 4),
    `  ... ${lines.length - SHOWN_LINES + 1} more lines ...`,
    ...lines.slice(-3),
  ].join('\n');
}

const reason = (code) => `"reason": "${code}"`;
const syncIdOf = (text) => /"syncId": "([^"]+)"/.exec(text)?.[1] ?? '';
/** Of the run itself: its documents' states are called otherwise. */
const statuses = (text) => [...text.matchAll(/"status": "(SYNC_STATUS_\w+)"/g)].map(([, status]) => status);
const hasFailure = (text) => text.includes('"message"');
const endsFinal = (text) => FINAL.includes(statuses(text).at(-1) ?? '');

async function describeAndRefuse(show) {
  await show.run('what is served', { rest: ['list'] }, { expected: [SERVICE, 'grpc.health.v1.Health'] });
  const described = ['TriggerSync', 'WatchSync', 'DeleteSchedule', 'stream'];
  await show.run('what the service can do', { rest: ['describe', SERVICE] }, { expected: described });
  const health = { options: ['-d', JSON.stringify({ service: SERVICE })], rest: ['grpc.health.v1.Health/Check'] };
  await show.run('health needs no key', health, { expected: ['SERVING'] });
  const trigger = { entity: 'ENTITY_ORDERS' };
  await show.call(
    'no key',
    'none',
    'ListSyncs',
    {},
    { code: 'Unauthenticated', expected: [reason('unauthenticated')] },
  );
  const denied = { code: 'PermissionDenied', expected: [reason('forbidden')] };
  await show.call('a viewer starts no run', 'viewer', 'TriggerSync', trigger, denied);
  const invalid = { code: 'InvalidArgument', expected: [reason('validation_failed'), '"field": "page_size"'] };
  await show.call('a bad argument is named', 'viewer', 'ListSyncs', { page_size: 201 }, invalid);
  const absent = { code: 'NotFound', expected: [reason('not_found')] };
  await show.call('a run that is not there', 'viewer', 'GetSync', { sync_id: 'run_none' }, absent);
  const unavailable = { code: 'Unimplemented', expected: [reason('schedules_unavailable')] };
  await show.call('no schedules in this version', 'viewer', 'ListSchedules', {}, unavailable);
}

async function syncAndRetry(show, failuresExpected) {
  const trigger = { entity: 'ENTITY_ORDERS', target: 'TARGET_QUICKBOOKS', idempotency_key: `grpcurl-${Date.now()}` };
  const started = await show.call('an operator does', 'operator', 'TriggerSync', trigger, { expected: ['"syncId"'] });
  const run = { sync_id: syncIdOf(started) };
  const replayed = { expected: [run.sync_id, '"replayed": true'] };
  await show.call('the same key again is the same run', 'operator', 'TriggerSync', trigger, replayed);
  const reused = { code: 'AlreadyExists', expected: [reason('idempotency_key_reused')] };
  await show.call(
    'with another request it is refused',
    'operator',
    'TriggerSync',
    { ...trigger, mode: 'MODE_FULL' },
    reused,
  );
  await show.call('watched to its end', 'viewer', 'WatchSync', run, { check: endsFinal });
  const finished = { code: 'FailedPrecondition', expected: [reason('run_finished')] };
  await show.call('too late to cancel', 'operator', 'CancelSync', run, finished);
  const query = { state: 'FAILURE_STATE_OPEN', page_size: 1 };
  const failures = await show.call('what waits for a person', 'viewer', 'ListFailures', query, {
    check: failuresExpected ? hasFailure : undefined,
  });
  const id = /"id": "([^"]+)"/.exec(failures)?.[1];
  if (id !== undefined) {
    const text = await show.call(
      'tried again',
      'operator',
      'RetryFailure',
      { failure_id: id },
      { expected: ['"syncId"'] },
    );
    await show.call('watched, too', 'viewer', 'WatchSync', { sync_id: syncIdOf(text) }, { check: endsFinal });
  }
  await show.call('all that is open', 'operator', 'RetryFailures', { limit: 100 }, {});
  await show.call('the list of runs', 'viewer', 'ListSyncs', { page_size: 2 }, { expected: [run.sync_id.slice(0, 4)] });
}

async function standalone(use) {
  const built = (file) => import(new URL(`../services/standalone/dist/src/${file}`, import.meta.url).href);
  const [{ startWorld }, processes, { ApiClient }, { connect }] = await Promise.all(
    ['world/world.js', 'supervised/process.js', 'client/api.js', 'client/setup.js'].map(built),
  );
  const { SystemClock } = await import(new URL('../libs/kernel/dist/src/index.js', import.meta.url).href);
  const data = mkdtempSync(path.join(os.tmpdir(), 'tillstream-grpcurl-'));
  const world = await startWorld({
    clock: new SystemClock(),
    shop: { seed: 7, orders: 20, planted: { total_mismatch: 2 } },
  });
  const { MAIN, PROCESS_ADMIN_KEY, productEnvironment, startProcess } = processes;
  const product = startProcess(MAIN, [], productEnvironment(data));
  try {
    const ready = await product.ready;
    if (!ready) throw new Error(`the product does not start: ${product.stderr()}`);
    const api = new ApiClient(ready.httpUrl, PROCESS_ADMIN_KEY);
    await connect(api, world);
    const key = async (role) => (await api.expect([201], 'POST', '/api/keys', { name: role, role })).key;
    await use(ready.grpcUrl, { OPERATOR_KEY: await key('operator'), VIEWER_KEY: await key('viewer') });
  } finally {
    product.signal('SIGTERM');
    await product.ended;
    await world.close();
    rmSync(data, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { address: { type: 'string' } } });
const grpcurl = installed();
let differences = 0;
const perform = async (address, env, failuresExpected) => {
  const show = new Show(grpcurl, address, env);
  await describeAndRefuse(show);
  await syncAndRetry(show, failuresExpected);
  differences = show.differences;
};
if (values.address === undefined) {
  process.chdir(root);
  await standalone((address, env) => perform(address, env, true));
} else {
  const { OPERATOR_KEY, VIEWER_KEY } = process.env;
  if (!OPERATOR_KEY || !VIEWER_KEY) throw new Error('set OPERATOR_KEY and VIEWER_KEY to API keys of these roles');
  await perform(values.address, {}, false);
}
process.stdout.write(differences === 0 ? '\nall as expected\n' : `\n${differences} differ\n`);
process.exit(differences === 0 ? 0 : 1);
