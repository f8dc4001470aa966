// `npm run deploy:check`: checks the deployment files of the distributed profile as far as that is possible without a
// container engine and without a cluster. Needs Go and Python 3 with pip; says which is missing. Tools are kept in the
// user's cache. Exits 1 on any finding. Last line: `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { chartProblems, renderedProblems } from './deployment/chart.mjs';
import { composeProblems, interpolated } from './deployment/compose.mjs';
import { dockerfileProblems, inherited, missingEntryFiles, parseDockerfile } from './deployment/dockerfile.mjs';
import { CHART, COMPOSE, DOCKERFILE, OTHER_IMAGES, read, root, SERVICES } from './deployment/files.mjs';
import { replay } from './deployment/replay.mjs';
import { goTool, hadolint, kubernetesSchemas, versionOf } from './deployment/tools.mjs';

const TOPICS_JOB = 'services/standalone/dist/src/distributed/topics.js';
/** Has no schema in Kubernetes itself: it belongs to the Prometheus operator. */
const SKIPPED_KIND = 'monitoring.coreos.com/v1/ServiceMonitor';
/** The oldest Kubernetes that Chart.yaml allows, and the newest that the schemas know. */
const KUBERNETES = [/(\d+\.\d+\.\d+)/.exec(parse(read(path.join(CHART, 'Chart.yaml'))).kubeVersion)[1], '1.37.0'];

const counts = { passed: 0, failed: 0 };
const temporary = mkdtempSync(path.join(os.tmpdir(), 'tillstream-deployment-'));
const print = (line) => process.stdout.write(`${line}\n`);

/** Runs one check: `work` returns its findings; what it throws is one. */
async function checked(name, work) {
  let problems;
  try {
    problems = await work();
  } catch (error) {
    problems = [error.message];
  }
  counts[problems.length === 0 ? 'passed' : 'failed'] += 1;
  print(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  for (const problem of problems) print(`       ${problem}`);
}

/** What a tool says; its output is the finding when it fails. */
function tool(command, args, input) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', input, maxBuffer: 64 << 20 });
  if (result.error) throw result.error;
  const text = `${result.stdout}${result.stderr}`.trim();
  return { text, stdout: result.stdout, problems: result.status === 0 ? [] : text.split('\n') };
}

async function checkDockerfile(stages) {
  await checked(`${DOCKERFILE}: stages, files, users, entry points`, () =>
    dockerfileProblems(read(DOCKERFILE), read('.dockerignore')),
  );
  await checked(
    `${DOCKERFILE}: hadolint ${versionOf('hadolint')}`,
    () => tool(hadolint(), ['--no-color', DOCKERFILE]).problems,
  );
  const entries = [...SERVICES, ...OTHER_IMAGES].map(
    (target) => inherited(stages, target).findLast(({ keyword }) => keyword === 'ENTRYPOINT')?.words[1],
  );
  await checked('entry points are built', () => missingEntryFiles([...entries, TOPICS_JOB]));
  for (const target of [...SERVICES, ...OTHER_IMAGES]) {
    await checked(
      `image ${target}: bundled, installed and started by the Dockerfile's commands, without an engine`,
      () => replay(stages, target, target === 'tools' ? [TOPICS_JOB] : []),
    );
  }
}

async function checkCompose(stages) {
  const targets = stages.map(({ name }) => name);
  await checked(`${COMPOSE}: rules`, () => composeProblems(read(COMPOSE), targets));
  const file = path.join(temporary, COMPOSE);
  writeFileSync(file, interpolated(read(COMPOSE)));
  const docker = spawnSync('docker', ['compose', 'version'], { encoding: 'utf8' });
  if (docker.status === 0) {
    const args = ['compose', '--project-directory', root, '-f', file, '--profile', '*', 'config', '-q'];
    await checked(`${COMPOSE}: docker compose config`, () => tool('docker', args).problems);
  } else print('--    docker compose is not installed here: its library loads the file instead');
  await checked(
    `${COMPOSE}: schema and model, compose-go ${versionOf('compose-go')}`,
    () => tool(goTool('compose-go'), [file]).problems,
  );
}

async function checkChart() {
  await checked(`${CHART}: rules of its source`, chartProblems);
  const folder = path.join(root, CHART, 'ci');
  for (const name of readdirSync(folder).sort()) await checkValues(name, path.join(folder, name));
  await checked('helm lint: values that the schema must refuse', () => {
    const wrong = [
      'keys.existingSecret=',
      'kafka.brokers={}',
      'image.tag=latest',
      'services.projector.replica=2',
      'typo=1',
    ];
    const values = path.join(folder, 'minimal-values.yaml');
    return wrong
      .filter(
        (each) => tool(goTool('helm'), ['lint', '--strict', CHART, '-f', values, '--set', each]).problems.length === 0,
      )
      .map((each) => `${each} is accepted`);
  });
}

async function checkValues(name, file) {
  const helm = () => goTool('helm');
  await checked(`helm lint --strict, helm ${versionOf('helm')}, ${name}`, () => {
    const { text, problems } = tool(helm(), ['lint', '--strict', CHART, '-f', file]);
    print(`      ${text.split('\n').at(-1)}`);
    return problems;
  });
  for (const version of KUBERNETES) {
    await checked(`helm template, rules, kubeconform -strict: Kubernetes ${version}, ${name}`, () => {
      const rendered = tool(helm(), ['template', 'release', CHART, '-f', file, '--kube-version', version]);
      if (rendered.problems.length > 0) return rendered.problems;
      const location = ['-schema-location', kubernetesSchemas(version), '-skip', SKIPPED_KIND];
      const args = ['-strict', '-summary', '-kubernetes-version', version, ...location];
      const { text, problems } = tool(goTool('kubeconform'), args, rendered.stdout);
      print(`      ${text.split('\n').at(-1)}`);
      return [...problems, ...renderedProblems(rendered.stdout)];
    });
  }
}

try {
  const stages = parseDockerfile(read(DOCKERFILE));
  await checkDockerfile(stages);
  await checkCompose(stages);
  await checkChart();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
print('not run here: no image was built, no container and no cluster was started (that needs an engine)');
print(`not checked here: ${SKIPPED_KIND} against a schema (its operator is not part of Kubernetes)`);
print(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);
