// `npm run test:guards`: removes each safeguard in a copy of the tree, one at a time, and demands that the spec named
// for it fails. A safeguard whose removal nobody notices is not tested. Arguments select safeguards by name.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './gates.mjs';
import { GUARDS } from './guards.table.mjs';

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.nx', 'toolchain', '.tillstream']);

/** The copy shares third-party packages by link, but its @tillstream packages are its own. */
function linkModules(copy) {
  const from = path.join(root, 'node_modules');
  const to = path.join(copy, 'node_modules');
  mkdirSync(path.join(to, '@tillstream'), { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== '@tillstream') symlinkSync(path.join(from, name), path.join(to, name));
  }
  for (const parent of ['libs', 'services']) {
    for (const name of readdirSync(path.join(copy, parent))) {
      if (!existsSync(path.join(copy, parent, name, 'package.json'))) continue;
      symlinkSync(path.join(copy, parent, name), path.join(to, '@tillstream', name));
      const nested = path.join(root, parent, name, 'node_modules');
      if (existsSync(nested)) symlinkSync(nested, path.join(copy, parent, name, 'node_modules'));
    }
  }
}

function makeCopy() {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'tillstream-guards-'));
  cpSync(root, copy, { recursive: true, filter: (source) => !SKIPPED.has(path.basename(source)) });
  linkModules(copy);
  return copy;
}

function runSpec(copy, { spec, test }) {
  const args = ['run', '--no-color', spec, ...(test ? ['-t', test] : [])];
  const result = spawnSync(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: copy,
    encoding: 'utf8',
    timeout: 240_000,
  });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`;
  const failedTests = [...output.matchAll(/^\s*FAIL\s+(.+)$/gm)].map((match) => match[1]);
  const ran = /Tests\s+.*\b(passed|failed)\b/.test(output);
  return { ok: result.status === 0 && ran, failedTests, ran, output };
}

function removeGuard(copy, { edits }) {
  const originals = edits.map(({ file, search, replace }) => {
    const full = path.join(copy, file);
    const before = readFileSync(full, 'utf8');
    if (before.split(search).length !== 2)
      throw new Error(`${file}: the safeguard's text must occur exactly once:\n${search}`);
    writeFileSync(
      full,
      before.replace(search, () => replace),
    );
    return [full, before];
  });
  return () => {
    for (const [full, before] of originals) writeFileSync(full, before);
  };
}

function judge(copy, guard) {
  const whole = runSpec(copy, guard);
  if (!whole.ok) return `the spec does not even pass with the safeguard in place\n${whole.output.slice(-2000)}`;
  const restore = removeGuard(copy, guard);
  try {
    const without = runSpec(copy, guard);
    // A syntax error would fail every spec and prove nothing: a test must have run and failed by itself.
    if (without.ok) return 'nothing failed without it';
    if (!without.ran || without.failedTests.length === 0) return `the spec did not run\n${without.output.slice(-2000)}`;
    process.stdout.write(`ok      ${guard.name.padEnd(26)} without it fails: ${without.failedTests[0]}\n`);
    return undefined;
  } finally {
    restore();
  }
}

const wanted = process.argv.slice(2);
const guards = GUARDS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const copy = makeCopy();
let failed = guards.length === 0 ? 1 : 0;
try {
  for (const guard of guards) {
    const problem = judge(copy, guard);
    if (problem) {
      failed += 1;
      process.stdout.write(`FAILED  ${guard.name}: ${problem}\n`);
    }
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.stdout.write(`${guards.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
