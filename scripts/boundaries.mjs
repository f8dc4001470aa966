// Holds the module boundaries: who may depend on whom by Nx tag, and that a file imports only what its package.json
// names (production code: dependencies; specs, test/ and bench/: devDependencies too). No package reaches into
// another one's source.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './gates.mjs';

/** type of the importer -> types it may depend on in production code. */
const ALLOWED = {
  kernel: [],
  contracts: ['kernel'],
  port: ['kernel', 'contracts'],
  runtime: ['kernel', 'contracts', 'port', 'adapter'],
  adapter: ['kernel', 'contracts', 'port', 'adapter'],
  testing: ['kernel', 'contracts', 'port', 'runtime', 'adapter'],
  sandbox: ['kernel'],
  service: ['kernel', 'contracts', 'port', 'runtime', 'adapter'],
  app: ['kernel', 'contracts', 'port', 'runtime', 'adapter', 'service', 'sandbox'],
};
/** Additionally allowed for specs, test/ and bench/. */
const ALLOWED_IN_TESTS = ['testing', 'sandbox', 'adapter', 'runtime', 'port', 'kernel', 'contracts'];

const problems = [];

function nxGraph() {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-graph-'));
  const file = path.join(dir, 'graph.json');
  try {
    execFileSync(process.execPath, [path.join(root, 'node_modules/nx/dist/bin/nx.js'), 'graph', `--file=${file}`], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NX_DAEMON: 'false' },
    });
    return JSON.parse(readFileSync(file, 'utf8')).graph;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const typeOf = (node) => node.data.tags?.find((tag) => tag.startsWith('type:'))?.slice(5);

function sourceFiles(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) return sourceFiles(full);
    return entry.name.endsWith('.ts') ? [full] : [];
  });
}

const IMPORT = /(?:from\s+|import\s*\(\s*|import\s+)['"]([^'"]+)['"]/g;
const isTestFile = (file) => /\.(spec|suite)\.ts$|\/test\/|\/bench\/|contract-suite/.test(file);

function checkFile(file, project, manifest, nodes) {
  const production = new Set(Object.keys(manifest.dependencies ?? {}));
  const development = new Set([...production, ...Object.keys(manifest.devDependencies ?? {})]);
  const inTest = isTestFile(file);
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    const where = `${path.relative(root, file)} imports ${specifier}`;
    if (specifier.startsWith('.')) {
      const target = path.resolve(path.dirname(file), specifier);
      if (!target.startsWith(path.join(root, project.data.root) + path.sep))
        problems.push(`${where}: leaves its package`);
      continue;
    }
    if (!specifier.startsWith('@tillstream/')) continue;
    const name = specifier.split('/').slice(0, 2).join('/');
    if (!(inTest ? development : production).has(name)) problems.push(`${where}: not in package.json`);
    const target = nodes[name];
    const importer = typeOf(project);
    const allowed = inTest ? [...ALLOWED[importer], ...ALLOWED_IN_TESTS] : ALLOWED[importer];
    if (target && !allowed.includes(typeOf(target)))
      problems.push(`${where}: type:${importer} may not use type:${typeOf(target)}`);
  }
}

function checkCycles(graph) {
  const state = new Map();
  const visit = (name, trail) => {
    if (state.get(name) === 'done') return;
    if (state.get(name) === 'open') {
      problems.push(`cycle: ${[...trail.slice(trail.indexOf(name)), name].join(' -> ')}`);
      return;
    }
    state.set(name, 'open');
    for (const { target } of graph.dependencies[name] ?? []) if (graph.nodes[target]) visit(target, [...trail, name]);
    state.set(name, 'done');
  };
  for (const name of Object.keys(graph.nodes)) visit(name, []);
}

const graph = nxGraph();
checkCycles(graph);
for (const project of Object.values(graph.nodes)) {
  if (project.data.root === '.') continue;
  if (!ALLOWED[typeOf(project)]) {
    problems.push(`${project.name}: no known type: tag in package.json`);
    continue;
  }
  const manifest = JSON.parse(readFileSync(path.join(root, project.data.root, 'package.json'), 'utf8'));
  for (const file of sourceFiles(path.join(root, project.data.root))) checkFile(file, project, manifest, graph.nodes);
}
if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exit(1);
}
