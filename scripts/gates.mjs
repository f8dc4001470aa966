// The static gates, each a name and a command; `npm run lint` runs them, `npm test` counts them.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = (name) => path.join(root, 'node_modules/.bin', name);

const GATES = [
  ['types and build', bin('tsc'), ['-b', '.']],
  ['lint (type-aware)', bin('oxlint'), ['--type-aware', '--max-warnings=0', 'libs', 'services', 'scripts', 'deploy']],
  ['format', bin('biome'), ['format', '.']],
  ['project references', process.execPath, ['scripts/references.mjs', '--check']],
  ['module boundaries', process.execPath, ['scripts/boundaries.mjs']],
  ['proto: lint and generated types', process.execPath, ['scripts/proto.mjs', '--check']],
  ['event schemas: drift', process.execPath, ['scripts/event-schemas.mjs', '--check']],
];

/** Runs every gate, also after a failure, and returns the counts. */
export function runGates() {
  const env = {
    ...process.env,
    NX_DAEMON: 'false',
    PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}`,
  };
  let failed = 0;
  for (const [name, command, args] of GATES) {
    const result = spawnSync(command, args, { cwd: root, env, encoding: 'utf8' });
    const ok = result.status === 0;
    if (!ok) failed += 1;
    process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${String(name)}\n`);
    if (!ok) process.stdout.write(`${result.stdout ?? ''}${result.stderr ?? ''}\n`);
  }
  return { passed: GATES.length - failed, failed };
}
