// Rules of the Helm chart: on its source (fast, needs no Helm) and on what it renders.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { CHART, isPinned, isSecret, knownVariables, productVersion, read, root, SERVICES } from './files.mjs';

/** file name -> text of every template. */
export function templates() {
  const folder = path.join(root, CHART, 'templates');
  const files = readdirSync(folder, { recursive: true }).filter((file) => /\.(?:ya?ml|tpl)$/.test(file));
  return Object.fromEntries(files.map((file) => [file, read(path.join(CHART, 'templates', file))]));
}

const count = (text, pattern) => [...text.matchAll(pattern)].length;

/** @param {Record<string, string>} files templates by name. @returns {string[]} findings. */
export function templateProblems(files) {
  const problems = Object.entries(files).flatMap(([name, text]) => {
    const pods = count(text, /^kind: (?:Deployment|StatefulSet|DaemonSet|Job|CronJob|Pod)$/gm);
    return [
      count(text, /include "tillstream\.podSpec"/g) === pods || 'has pods that do not use tillstream.podSpec',
      count(text, /include "tillstream\.containerSecurity"/g) === pods || 'has containers without containerSecurity',
      count(text, /^kind: Secret$/gm) === 0 || 'creates a Secret: they exist before the install',
      !/\b(?:enableServiceLinks|automountServiceAccountToken): true/.test(text) || 'undoes a safeguard',
    ].flatMap((problem) => (problem === true ? [] : [`${name} ${problem}`]));
  });
  const pod = /define "tillstream\.podSpec"[\s\S]*?^\{\{- end -\}\}$/m.exec(files['_helpers.tpl'] ?? '')?.[0] ?? '';
  for (const line of [
    'enableServiceLinks: false',
    'automountServiceAccountToken: false',
    'runAsNonRoot: true',
    'type: RuntimeDefault',
  ])
    if (!new RegExp(`^\\s*${line}$`, 'm').test(pod)) problems.push(`tillstream.podSpec lacks "${line}"`);
  return problems;
}

export function chartProblems() {
  const chart = parse(read(path.join(CHART, 'Chart.yaml')));
  const values = parse(read(path.join(CHART, 'values.yaml')), { merge: true });
  const services = Object.keys(values.services).sort();
  return [
    ...templateProblems(templates()),
    ...(chart.appVersion === productVersion() ? [] : [`appVersion ${chart.appVersion} is not ${productVersion()}`]),
    ...(chart.kubeVersion === undefined ? ['Chart.yaml says no kubeVersion'] : []),
    ...(services.join() === SERVICES.join() ? [] : [`values name the services ${services.join(', ')}`]),
  ];
}

/** @param {string} text what `helm template` printed. @returns {string[]} findings. */
export function renderedProblems(text) {
  const documents = parseAllDocuments(text).map((document) => document.toJS());
  return documents.filter(Boolean).flatMap((object) => {
    const pod = podOf(object);
    const problems = pod === undefined ? objectProblems(object) : podProblems(pod, object.kind);
    return problems.map((problem) => `${object.kind} ${object.metadata.name}: ${problem}`);
  });
}

function podOf({ kind, spec }) {
  if (kind === 'Pod') return spec;
  if (kind === 'CronJob') return spec.jobTemplate.spec.template.spec;
  return spec?.template?.spec;
}

function objectProblems({ kind, metadata }) {
  return [
    ...(kind === 'Secret' ? ['the chart creates no Secret'] : []),
    ...(metadata.name.length > 63 ? ['the name is too long'] : []),
  ];
}

function podProblems(pod, kind) {
  const problems = [];
  const wants = (condition, problem) => condition || problems.push(problem);
  wants(pod.enableServiceLinks === false, 'service links would inject unknown TILLSTREAM_* variables');
  wants(pod.automountServiceAccountToken === false, 'mounts a service account token');
  wants(pod.securityContext?.runAsNonRoot === true && pod.securityContext.runAsUser > 0, 'may run as root');
  wants(pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile');
  if (kind === 'Deployment') wants(pod.terminationGracePeriodSeconds === 15, 'is not given 15 s to end');
  for (const container of pod.containers) {
    const security = container.securityContext ?? {};
    wants(security.readOnlyRootFilesystem === true, 'can write to its file system');
    wants(security.allowPrivilegeEscalation === false, 'may gain privileges');
    wants(security.capabilities?.drop?.includes('ALL'), 'keeps capabilities');
    wants(container.resources?.requests?.memory && container.resources?.limits?.memory, 'has no bound of memory');
    wants(isPinned(container.image), `the image ${container.image} is not pinned`);
    if (kind === 'Deployment')
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
        wants(container[probe], `has no ${probe}`);
    problems.push(...environmentProblems(container.env ?? []));
  }
  return problems;
}

function environmentProblems(env) {
  const known = knownVariables();
  const unknown = env.filter(({ name }) => /^(?:TILLSTREAM|KAFKA|MONGODB|OTEL|LOG)_/.test(name) && !known.has(name));
  const literal = env.filter(({ name, value }) => isSecret(name) && value !== undefined);
  return [
    ...unknown.map(({ name }) => `${name} is no variable of Tillstream`),
    ...literal.map(({ name }) => `${name} is written into the pod`),
  ];
}
