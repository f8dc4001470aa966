// Writes every package's tsconfig.json from its package.json dependencies (`--check`: only compares).
// One source of truth: what a package may import is what its package.json names.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const check = process.argv.includes('--check');
const stale = [];

function put(file, value) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  if (check) stale.push(path.relative(root, file));
  else writeFileSync(file, text);
}

const packages = ['libs', 'services'].flatMap((parent) =>
  readdirSync(path.join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(root, parent, entry.name, 'package.json')))
    .map((entry) => `${parent}/${entry.name}`),
);
const byName = new Map(
  packages.map((dir) => [JSON.parse(readFileSync(path.join(root, dir, 'package.json'), 'utf8')).name, dir]),
);

for (const dir of packages) {
  const manifest = JSON.parse(readFileSync(path.join(root, dir, 'package.json'), 'utf8'));
  const references = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter((name) => byName.has(name))
    .sort()
    .map((name) => ({ path: path.relative(path.join(root, dir), path.join(root, byName.get(name))) }));
  const include = ['src', 'test', 'bench']
    .filter((sub) => existsSync(path.join(root, dir, sub)))
    .map((sub) => `${sub}/**/*.ts`);
  put(path.join(root, dir, 'tsconfig.json'), {
    extends: '../../tsconfig.base.json',
    compilerOptions: { rootDir: '.', outDir: 'dist', tsBuildInfoFile: 'dist/tsconfig.tsbuildinfo' },
    include,
    references,
  });
}
put(path.join(root, 'tsconfig.json'), { files: [], references: packages.map((dir) => ({ path: dir })) });
if (stale.length > 0) {
  process.stderr.write(`stale project references, run "node scripts/references.mjs": ${stale.join(', ')}\n`);
  process.exit(1);
}
