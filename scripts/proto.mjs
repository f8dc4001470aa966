// Writes libs/proto/src/generated from proto/ (`npm run proto`). With `--check`: lints and compares, changes nothing.
// buf and ts-proto come from node_modules; nothing is fetched.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const protos = path.join(root, 'proto');
const bin = path.join(root, 'node_modules/.bin');
/** The text of grpc.health.v1, as the server's own part brings it. */
const HEALTH = path.join(root, 'node_modules/grpc-health-check/proto');
const GENERATED = 'libs/proto/src/generated';

/** The plugin's launcher looks for `node` on the PATH: it must be this one. */
const env = { ...process.env, PATH: [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter) };

function buf(...args) {
  const result = spawnSync(path.join(bin, 'buf'), args, { cwd: protos, env, encoding: 'utf8' });
  if (result.error) throw result.error;
  return { ok: result.status === 0, text: `${result.stdout}${result.stderr}`.trim() };
}

/** `out` in buf.gen.yaml is relative to the folder given here. */
function generate(base) {
  must(buf('generate', '--include-imports', '--output', base));
  const generated = path.join(base, '..', GENERATED);
  writeFileSync(path.join(generated, 'descriptors.ts'), printed(Buffer.concat([compiled('.'), compiled(HEALTH)])));
}

/** The texts of a folder as google.protobuf.FileDescriptorSet; two of them, one after the other, are one again. */
function compiled(folder) {
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'tillstream-descriptors-'));
  try {
    const image = path.join(temporary, 'set.binpb');
    must(buf('build', folder, '--as-file-descriptor-set', '--output', image));
    return readFileSync(image);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** For server reflection, with comments: what proto-loader makes at run time lacks names and imports. */
function printed(image) {
  const lines = image.toString('base64').match(/.{1,110}/g) ?? [];
  return [
    '// Written by "npm run proto": a google.protobuf.FileDescriptorSet of proto/ and grpc.health.v1, base64.',
    'export const FILE_DESCRIPTOR_SET = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
}

function must({ ok, text }) {
  if (ok) return;
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function files(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((one) => path.relative(folder, path.join(one.parentPath, one.name)));
}

/** Paths that differ between the two folders. */
function differences(one, other) {
  const read = (folder, file) =>
    existsSync(path.join(folder, file)) ? readFileSync(path.join(folder, file), 'utf8') : null;
  return [...new Set([...files(one), ...files(other)])].filter((file) => read(one, file) !== read(other, file));
}

function check() {
  const problems = [];
  const lint = buf('lint');
  if (!lint.ok) problems.push(lint.text);
  const format = buf('format', '--diff', '--exit-code', '--exclude-path', 'google');
  if (!format.ok) problems.push(format.text);
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'tillstream-proto-'));
  try {
    const base = path.join(temporary, 'proto');
    mkdirSync(base);
    generate(base);
    const stale = differences(path.join(temporary, GENERATED), path.join(root, GENERATED));
    if (stale.length > 0) problems.push(`not what proto/ says, run "npm run proto": ${stale.join(', ')}`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return problems;
}

if (process.argv.includes('--check')) {
  const problems = check();
  if (problems.length > 0) process.stderr.write(`${problems.join('\n')}\n`);
  process.exit(problems.length === 0 ? 0 : 1);
}
rmSync(path.join(root, GENERATED), { recursive: true, force: true });
generate(protos);
