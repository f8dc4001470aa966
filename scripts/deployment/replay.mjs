// Does by hand what the image build would do after the compiler: makes each target's bundle with the Dockerfile's own
// commands, in a temporary folder, and starts what the image would start. Not a replacement for building the images:
// the base image, file ownership and the read-only file system are not tried.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { inherited } from './dockerfile.mjs';
import { root, SERVICES } from './files.mjs';

/** Package name of each import or require by a literal name that is no path. */
const IMPORT = /(?:\bfrom\s+|\bimport\s*\(?\s*|\brequire\(\s*)['"]((?:@[\w.-]+\/)?[\w][\w.:-]*)(?:\/[^'"]*)?['"]/g;
const START_MS = 30_000;
/** Development tools that no image may contain, and what belongs to one image only. */
const UNWANTED = [
  'vitest',
  'typescript',
  'nx',
  'fast-check',
  '@biomejs/biome',
  'oxlint',
  'testcontainers',
  '@tillstream/testing',
];

/** @returns {Promise<string[]>} findings of one target. */
export async function replay(stages, target, extraEntries = []) {
  const folder = mkdtempSync(path.join(os.tmpdir(), `tillstream-image-${target}-`));
  try {
    const bundle = path.join(folder, 'bundle');
    for (const command of bundleCommands(stages, target)) {
      const problem = runIn(existsSync(bundle) ? bundle : root, command.replace(/(?<=\s)\/bundle(?=\s|$)/g, bundle));
      if (problem !== undefined) return [problem];
    }
    const [, entry] = inherited(stages, target).findLast(({ keyword }) => keyword === 'ENTRYPOINT').words;
    const start = { bundle, target, environment: environmentOf(stages, target) };
    const starts = [entry, ...extraEntries].map((file) => startProblem(start, file));
    const without = target === 'tools' ? ['@tillstream/sandbox'] : [];
    return [
      ...contentProblems(bundle, target),
      ...importProblems(bundle, without),
      ...(await Promise.all(starts)).flat(),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function bundleCommands(stages, target) {
  const copy = inherited(stages, target).find(({ keyword, flags }) => keyword === 'COPY' && flags.from !== undefined);
  const stage = stages.find(({ name }) => name === copy.flags.from);
  return stage.instructions.filter(({ keyword }) => keyword === 'RUN').map(({ text }) => text);
}

function runIn(cwd, command) {
  const result = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' });
  return result.status === 0
    ? undefined
    : `"${command}" failed: ${result.stderr.trim().split('\n').slice(-3).join(' | ')}`;
}

/** What the image itself sets. */
function environmentOf(stages, target) {
  const words = inherited(stages, target).flatMap((each) => (each.keyword === 'ENV' ? each.words : []));
  return Object.fromEntries(words.map((word) => word.split('=')));
}

/** Imports of the shipped code that nothing in the bundle answers, also those that only some calls need. */
function importProblems(bundle, without) {
  const files = ['libs', 'services'].flatMap((group) =>
    existsSync(path.join(bundle, group))
      ? readdirSync(path.join(bundle, group), { recursive: true }).map((file) => path.join(bundle, group, file))
      : [],
  );
  const code = files.filter((file) => file.endsWith('.js') && !file.includes('node_modules'));
  const missing = code.flatMap((file) => {
    const folders = createRequire(file).resolve.paths('x');
    const names = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, name]) => name);
    const gone = names.filter(
      (name) =>
        !isBuiltin(name) && !without.includes(name) && !folders.some((each) => existsSync(path.join(each, name))),
    );
    return gone.map((name) => `${path.relative(bundle, file)} imports ${name}, which is not in the image`);
  });
  return [...new Set(missing)];
}

function contentProblems(bundle, target) {
  const installed = JSON.parse(readFileSync(path.join(bundle, 'node_modules/.package-lock.json'), 'utf8')).packages;
  const locked = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const nameOf = (place) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const known = new Set(Object.entries(locked).map(([place, { version }]) => `${nameOf(place)} ${version}`));
  const packages = Object.entries(installed).filter(([place, { link }]) => place.includes('node_modules/') && !link);
  const names = new Set(
    Object.keys(installed)
      .filter((place) => place.includes('node_modules/'))
      .map(nameOf),
  );
  const unwanted = [
    ...UNWANTED,
    ...(target === 'sandbox' ? ['kafkajs', 'mongoose'] : ['@tillstream/sandbox', '@electric-sql/pglite']),
  ];
  return [
    ...packages
      .map(([place, { version }]) => `${nameOf(place)} ${version}`)
      .filter((each) => !known.has(each))
      .map((each) => `${each} is not what the lock file says`),
    ...unwanted.filter((name) => names.has(name)).map((name) => `${name} is in the image`),
  ];
}

/**
 * Without settings a service ends with a sentence, tools and sandbox print their help; whatever is missing from the
 * bundle shows as a module that cannot be found.
 */
async function startProblem({ bundle, target, environment }, file) {
  if (!existsSync(path.join(bundle, file))) return [`${file} is not in the image`];
  const isService = SERVICES.includes(target) || file.endsWith('topics.js');
  const child = spawn(process.execPath, [file, ...(isService ? [] : ['--help'])], {
    cwd: bundle,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: START_MS,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [status] = await new Promise((resolve) => child.once('close', (...ended) => resolve(ended)));
  if (/ERR_MODULE_NOT_FOUND|Cannot find (?:module|package)/.test(said))
    return [
      `${file}: ${said
        .trim()
        .split('\n')
        .find((line) => /Cannot find/.test(line))}`,
    ];
  if (isService ? status !== 1 || !/^tillstream [\w-]+: \w+: /m.test(said) : status !== 0)
    return [`${file} ended with ${status}: ${said.trim().split('\n').slice(-2).join(' | ')}`];
  return [];
}
