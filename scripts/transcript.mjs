// Writes docs/first-hour.md: a first hour with the command line, made by really running it against `npm run sandbox`
// and `npm start`. Ids, ports, times and folders of the moment are replaced, so that two runs differ little.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './gates.mjs';

const FIRST_TIME = Date.UTC(2026, 0, 5, 9);
const SANDBOX_ARGS = ['--orders', '30', '--planted', '3', '--seed', '7'];
const data = mkdtempSync(path.join(os.tmpdir(), 'tillstream-transcript-'));
const env = {
  ...process.env,
  TILLSTREAM_DATA: data,
  TILLSTREAM_PORT: '0',
  TILLSTREAM_GRPC_PORT: '0',
  TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
  LOG_LEVEL: 'error',
  NO_COLOR: '1',
};
delete env.npm_lifecycle_event;
// File names in the transcript are those of the reader's own folder.
env.INIT_CWD = data;
const children = [];

/** Starts a task of scripts/run.mjs and resolves with its ready line. */
async function start(task, args = []) {
  const child = spawn(process.execPath, [path.join(root, 'scripts/run.mjs'), task, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"event":"ready"')) return JSON.parse(line);
  }
  throw new Error(`${task} did not start`);
}

/** Runs one command line; what it printed on both channels, in order, and how it ended. */
function tillstream(args, stdin) {
  return new Promise((resolve) => {
    const entry = path.join(root, 'scripts/run.mjs');
    const child = spawn(process.execPath, [entry, 'tillstream', ...args], { cwd: root, env, stdio: 'pipe' });
    let text = '';
    for (const channel of [child.stdout, child.stderr]) {
      channel.on('data', (chunk) => {
        text += chunk;
      });
    }
    child.stdin.end(stdin ?? '');
    child.once('close', (code) => resolve({ text, code }));
  });
}

const parts = [];
const say = (text) => parts.push(text);

/** `input` = name and body of the file that stands on stdin. */
async function show(args, input) {
  const { text, code } = await tillstream(args, input && JSON.stringify(input.body));
  const words = args.map((word) => (/[^\w:.,/=-]/.test(word) ? `'${word}'` : word)).join(' ');
  const shownInput = input ? ` < ${input.name}` : '';
  const exit = code === 0 ? '' : `\n(exit code ${code})`;
  parts.push(`\`\`\`text\n$ tillstream ${words}${shownInput}\n${text.trimEnd()}${exit}\n\`\`\``);
  return text;
}

/** The same thing gets the same name every time; numbers by first appearance. */
function neutral(text) {
  const names = new Map();
  const numbered = (kind) => (found) => {
    const count = [...names.values()].filter((name) => name.startsWith(kind)).length + 1;
    // As long as the real one: columns of tables keep their width.
    const name = names.get(found) ?? `${kind}${String(count).padStart(found.length - kind.length, '0')}`;
    names.set(found, name);
    return name;
  };
  let shift;
  return text
    .replaceAll(data, '.tillstream')
    .replaceAll(`${root}/`, '')
    .replaceAll(os.tmpdir(), '/tmp')
    .replace(/\brun_[A-Za-z0-9]{8,}\b/g, numbered('run_'))
    .replace(/\bfail_[A-Za-z0-9]{8,}\b/g, numbered('fail_'))
    .replace(/\brebuild_[A-Za-z0-9]{8,}\b/g, numbered('rebuild_'))
    .replace(/127\.0\.0\.1:\d+/g, numbered('127.0.0.1:'))
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?= UTC)/g, (found) => {
      const at = Date.parse(`${found.replace(' ', 'T')}Z`);
      shift ??= FIRST_TIME - at;
      return new Date(at + shift).toISOString().slice(0, 19).replace('T', ' ');
    });
}

async function tell(sandbox) {
  say(`# A first hour with the command line

Made by \`node scripts/transcript.mjs\`: every answer below was really given, by this version, against the sandboxes of
\`npm run sandbox -- ${SANDBOX_ARGS.join(' ')}\`. Only ids, ports, folders and the date were replaced. \`tillstream\` is
\`npm run --silent tillstream --\`, or \`npx tillstream\`.`);
  say('## Connect\n\nTillstream runs (`npm start`) and knows nothing yet.');
  await show(['status']);
  await show(['connections']);
  say('A connection is a JSON body on stdin, so that no secret stays in the history of the shell.');
  for (const [platform, body] of [
    ['woocommerce', sandbox.woocommerce],
    ['quickbooks', sandbox.quickbooks],
    ['supabase', sandbox.supabaseDirect],
  ]) {
    await show(['connections', 'set', platform], { name: `${platform}.json`, body });
  }
  await show(['connections', 'test']);
  say('## Look before writing\n\nNothing is booked before a start date was chosen.');
  await show(['sync', 'orders']);
  say('A dry run says what would happen, and writes nowhere.');
  await show(['sync', 'orders', '--mode', 'full', '--dry-run']);
  say('## Write\n\nThe first real run takes everything; later ones what changed.');
  await show(['settings', 'set', 'orders.createdFrom', 'all']);
  await show(['sync', 'orders', '--mode', 'full']);
  say('Exit code 3: the run is complete, and some records are held. What to do stands below the list.');
  await show(['failures']);
  const { text } = await tillstream(['failures', '--json', '--limit', '1']);
  const failure = JSON.parse(text).items[0];
  if (failure) {
    say('## Why is this order not in the books?');
    await show(['explain', failure.entityId]);
    say('And why is that one there?');
  }
  const good = await goodOrder(failure?.entityId);
  if (good) await show(['explain', good]);
  await show(['explain', '999999']);
  say('## Every day\n\nA second run finds nothing to do. A retry tries what is held again.');
  await show(['sync', 'orders']);
  if (failure) await show(['retry', failure.id]);
  for (const entity of ['customers', 'products']) await show(['sync', entity, '--mode', 'full']);
  await show(['status']);
  say('## Keep it safe');
  await show(['rebuild']);
  await show(['backup', 'monday.backup']);
  await show(['restore', 'monday.backup', '--data', 'second-machine']);
}

/** The first order after `other` that is in the books. */
async function goodOrder(other) {
  const file = JSON.parse(readFileSync(path.join(data, 'instance.json'), 'utf8'));
  const key = readFileSync(path.join(data, 'admin.key'), 'utf8').trim();
  for (let id = Number(other ?? 1) + 1, tried = 0; tried < 200; id += 1, tried += 1) {
    const answer = await fetch(`${file.url}/api/documents/orders/${id}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    if (answer.ok && (await answer.json()).targets.quickbooks?.state === 'synced') return String(id);
  }
  return undefined;
}

try {
  const sandbox = await start('sandbox', SANDBOX_ARGS);
  await start('start');
  await tell(sandbox);
  writeFileSync(path.join(root, 'docs/first-hour.md'), `${neutral(parts.join('\n\n'))}\n`);
} finally {
  for (const child of children.toReversed()) {
    if (child.exitCode !== null) continue;
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
  }
  rmSync(data, { recursive: true, force: true });
}
