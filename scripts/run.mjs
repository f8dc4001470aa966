// The front door of every npm script. Plain JavaScript without dependencies or native imports, so that it runs on
// any Node >= 20: it brings Node 24 (from npm) and the dependencies, starts itself again under that Node, builds what
// is stale and hands over to the task.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const MINIMUM_NODE = 24;
const ORPHAN_CHECK_MS = 500;
/**
 * Installs what the lock file says and leaves it alone. Not `npm ci`: that refuses a lock file without the entries of
 * other platforms' optional binaries, and a registry mirror may not carry those. No install scripts: npm would compile
 * SQLite, which comes ready-made, and fail where there is no compiler.
 */
const INSTALL = ['install', '--no-save', '--no-progress', '--ignore-scripts'];
const [task, ...rest] = process.argv.slice(2);

/** task -> what it needs before it starts, and the module or tool it runs. */
const TASKS = {
  build: { build: true },
  start: { build: true, node: 'services/standalone/dist/src/main.js' },
  demo: { build: true, node: 'services/standalone/dist/src/demo/main.js' },
  sandbox: { build: true, node: 'services/sandbox/dist/src/main.js' },
  tillstream: { build: true, node: 'services/cli/dist/src/main.js' },
  bench: { build: true, node: 'services/standalone/dist/bench/main.js' },
  'show:grpcurl': { build: true, node: 'scripts/grpcurl.mjs' },
  'deploy:check': { build: true, node: 'scripts/deployment.mjs' },
  'stack:up': { node: 'deploy/local/main.mjs', args: ['up'] },
  'stack:down': { node: 'deploy/local/main.mjs', args: ['down'] },
  'stack:status': { node: 'deploy/local/main.mjs', args: ['status'] },
  'test:distributed': { build: true, node: 'scripts/test-distributed.mjs' },
  'test:crash': { build: true, node: 'services/standalone/dist/test/crash/main.js' },
  'rebuild:check': { build: true, node: 'services/standalone/dist/src/rebuild-check/main.js' },
  'test:worlds': { build: true, node: 'services/standalone/dist/test/worlds/main.js' },
  'test:guards': { build: true, node: 'scripts/guards.mjs' },
  test: { build: true, node: 'scripts/test.mjs' },
  verify: { bash: '.ci/run' },
  lint: { node: 'scripts/lint.mjs' },
  proto: { node: 'scripts/proto.mjs' },
  'show:kcat': { node: 'scripts/kcat.mjs' },
  'event-schemas': { build: true, node: 'scripts/event-schemas.mjs' },
  vitest: { build: true, bin: 'vitest', args: ['run'] },
  format: { bin: 'biome', args: ['format', '--write', '.'] },
};

function fail(message) {
  process.stderr.write(`tillstream: ${message}\n`);
  process.exit(1);
}

function bundledNode() {
  const names = { win32: 'bin/node.exe' };
  const file = path.join(
    root,
    'toolchain/node_modules',
    `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
    names[process.platform] ?? 'bin/node',
  );
  return existsSync(file) ? file : undefined;
}

/** npm's own entry file, so that it runs under the Node we choose; else the npm on the PATH. */
function npm(args, node, cwd) {
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}` };
  const viaFile = process.env.npm_execpath?.endsWith('.js');
  const result = viaFile
    ? spawnSync(node, [process.env.npm_execpath, ...args], { cwd, env, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (result.status !== 0) fail(`npm ${args.join(' ')} failed in ${path.relative(root, cwd) || '.'}`);
}

async function ensureNode() {
  if (Number(process.versions.node.split('.')[0]) >= MINIMUM_NODE) return;
  if (!bundledNode()) npm(INSTALL, process.execPath, path.join(root, 'toolchain'));
  const node = bundledNode();
  if (!node) {
    fail(
      `this machine has Node ${process.versions.node}; install Node ${MINIMUM_NODE} or newer (npm carries no bundled Node for ${process.platform}-${process.arch}).`,
    );
  }
  await startAgainUnder(node);
}

/** Runs this file under `node` and lives as long as that does: signals are passed on, its end is this one's. */
async function startAgainUnder(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), task, ...rest], { stdio: [0, 1, 2, 'ipc'] });
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  const [status, signal] = await once(child, 'exit');
  if (signal === null) process.exit(status);
  for (const name of signals) process.removeAllListeners(name);
  process.kill(process.pid, signal);
  await new Promise(() => {});
}

/**
 * kill -9 cannot be passed on. It was meant for the service, so that dies too when the process in front of it is gone:
 * npm, or this file under the older Node. Otherwise it would live on and hold data folder and port.
 */
function dieWithWhoeverStartedThis() {
  const die = () => process.kill(process.pid, 'SIGKILL');
  if (process.connected) process.once('disconnect', die);
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || die(), ORPHAN_CHECK_MS).unref();
}

function ensureInstalled() {
  const stamp = path.join(root, 'node_modules/.install-stamp');
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('tillstream: installing dependencies (once)\n');
  npm(INSTALL, process.execPath, root);
  writeFileSync(stamp, wanted);
}

function bin(name) {
  return path.join(root, 'node_modules/.bin', name);
}

function runTool(command, args) {
  const env = { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}` };
  return spawnSync(command, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1;
}

const wanted = TASKS[task];
if (!wanted) fail(`unknown task "${task ?? ''}"; one of: ${Object.keys(TASKS).join(', ')}`);
dieWithWhoeverStartedThis();
await ensureNode();
ensureInstalled();
if (wanted.build) {
  const status = spawnSync(bin('tsc'), ['-b', '.'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}` },
  }).status;
  if (status !== 0) fail('the build failed');
}
if (wanted.bash) process.exit(runTool('bash', [path.join(root, wanted.bash)]));
if (wanted.bin) process.exit(runTool(bin(wanted.bin), [...wanted.args, ...rest]));
if (wanted.node) {
  // Handed over in this very process: signals reach the service directly and there is no idle parent.
  process.argv = [process.execPath, path.join(root, wanted.node), ...(wanted.args ?? []), ...rest];
  // As npm does it: file names on the command line count from where the person is.
  process.env.INIT_CWD ??= process.cwd();
  process.chdir(root);
  await import(path.join(root, wanted.node));
}
// A task that is over with the build: the channel to the process in front would keep this one alive.
if (!wanted.node) process.exit(0);
