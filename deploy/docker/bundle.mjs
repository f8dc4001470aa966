// What one image needs of the built monorepo: node deploy/docker/bundle.mjs <folder> <service>... [--without package]
// Copies the services, the workspace packages they depend on in production (built JavaScript only: no source, specs,
// types or benchmarks) and the lock file. `npm install` in the folder then brings what they need from the registry.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
/** Specs, and the contract suites that a port package offers to the tests of its adapters. */
const TESTS = /\.spec\.js$|^contract-s(?:uite|ubject)/;
const TEST_LIBRARIES = new Set(['vitest']);

/** name -> {folder, manifest} of every workspace package of the repository. */
export function workspacePackages() {
  const folders = ['libs', 'services'].flatMap((group) =>
    readdirSync(path.join(root, group)).map((name) => `${group}/${name}`),
  );
  const present = folders.filter((folder) => existsSync(path.join(root, folder, 'package.json')));
  return new Map(
    present.map((folder) => {
      const manifest = readJson(path.join(root, folder, 'package.json'));
      return [manifest.name, { folder, manifest }];
    }),
  );
}

/** The services and all workspace packages that they need to run, by name. */
export function closure(packages, services, without = []) {
  const found = new Map();
  const visit = (name) => {
    const known = packages.get(name);
    if (known === undefined || found.has(name) || without.includes(name)) return;
    found.set(name, known);
    for (const dependency of Object.keys(known.manifest.dependencies ?? {})) visit(dependency);
  };
  for (const service of services) {
    const name = `@tillstream/${service}`;
    if (!packages.has(name)) throw new Error(`there is no service ${service}`);
    visit(name);
  }
  return found;
}

/** Without what only building and testing needs; a workspace package that is left out would be looked for in the registry. */
function shipped({ devDependencies: _unused, ...manifest }, without) {
  const kept = Object.entries(manifest.dependencies ?? {}).filter(
    ([name]) => !without.includes(name) && !TEST_LIBRARIES.has(name),
  );
  return { ...manifest, dependencies: Object.fromEntries(kept) };
}

function isShipped(name, isFolder) {
  return isFolder ? name !== 'test' : /\.(?:js|json)$/.test(name) && !TESTS.test(name);
}

function copyPackage({ folder, manifest }, target, without) {
  const built = path.join(root, folder, 'dist/src');
  if (!existsSync(built)) throw new Error(`${folder} is not built: tsc -b comes first`);
  cpSync(built, path.join(target, folder, 'dist/src'), {
    recursive: true,
    filter: (from) => isShipped(path.basename(from), statSync(from).isDirectory()),
  });
  writeFileSync(path.join(target, folder, 'package.json'), `${JSON.stringify(shipped(manifest, without), null, 2)}\n`);
}

export function bundle(target, services, without = []) {
  const parts = closure(workspacePackages(), services, without);
  mkdirSync(target, { recursive: true });
  for (const part of parts.values()) copyPackage(part, target, without);
  if (parts.has('@tillstream/proto')) cpSync(path.join(root, 'proto'), path.join(target, 'proto'), { recursive: true });
  for (const file of ['package-lock.json', '.npmrc']) cpSync(path.join(root, file), path.join(target, file));
  const { name, version, type } = readJson(path.join(root, 'package.json'));
  const workspaces = [...parts.values()].map(({ folder }) => folder).sort((a, b) => a.localeCompare(b));
  const manifest = { name, version, private: true, type, workspaces };
  writeFileSync(path.join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return workspaces;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { without: { type: 'string', multiple: true, default: [] } },
  });
  const [target, ...services] = positionals;
  if (target === undefined || services.length === 0) throw new Error('usage: bundle.mjs <folder> <service>...');
  process.stdout.write(`${bundle(path.resolve(target), services, values.without).join('\n')}\n`);
}
