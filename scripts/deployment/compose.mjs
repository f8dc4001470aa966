// Rules of docker-compose.yml that its own schema does not know.
import { parse } from 'yaml';
import { isPinned, isSecret, knownVariables, OTHER_IMAGES, productVersion, SERVICES } from './files.mjs';

/** Those that end by themselves and so cannot be watched. */
const ONE_SHOT = new Set(['tools', 'topics']);

/** @param {string} text @param {string[]} targets of the Dockerfile. @returns {string[]} findings. */
export function composeProblems(text, targets) {
  const file = parse(text, { merge: true });
  const services = Object.entries(file.services ?? {});
  const names = new Set(services.map(([name]) => name));
  const missing = [...SERVICES, 'kafka', 'mongo', 'postgres', 'topics', ...OTHER_IMAGES].filter(
    (name) => !names.has(name),
  );
  return [
    ...missing.map((name) => `there is no service ${name}`),
    ...services.flatMap(([name, service]) => {
      const isOurs = (service.image ?? '').startsWith('tillstream/');
      const problems = [
        ...commonProblems(name, service, file),
        ...(isOurs ? ourProblems(name, service, targets) : foreignProblems(service, file)),
      ];
      return problems.map((problem) => `${name}: ${problem}`);
    }),
  ];
}

function commonProblems(name, service, file) {
  const problems = [];
  const wants = (condition, problem) => condition || problems.push(problem);
  wants(isPinned(service.image ?? ''), `the image ${service.image} is not pinned`);
  wants(service.cap_drop?.includes('ALL'), 'keeps capabilities');
  wants(service.security_opt?.includes('no-new-privileges:true'), 'may gain privileges');
  wants(service.mem_limit !== undefined, 'has no limit of memory');
  wants(hasHealthcheck(service) || ONE_SHOT.has(name), 'has no healthcheck');
  for (const port of service.ports ?? []) wants(port.startsWith('127.0.0.1:'), `publishes ${port} to other machines`);
  for (const [dependency, { condition } = {}] of Object.entries(service.depends_on ?? {})) {
    const on = file.services[dependency];
    wants(on !== undefined, `depends on ${dependency}, which does not exist`);
    if (on === undefined) continue;
    const isMet = condition === 'service_healthy' ? hasHealthcheck(on) : condition === 'service_completed_successfully';
    wants(
      isMet && (condition !== 'service_completed_successfully' || ONE_SHOT.has(dependency)),
      `depends on ${dependency} with ${condition}`,
    );
    wants(
      on.profiles === undefined || service.profiles?.some((each) => on.profiles.includes(each)),
      `depends on ${dependency}, which runs in other profiles only`,
    );
  }
  for (const network of service.networks ?? [])
    wants(network in file.networks, `is in a network ${network} that does not exist`);
  return [...problems, ...literalSecrets(service)];
}

function hasHealthcheck({ healthcheck }) {
  return Array.isArray(healthcheck?.test) && healthcheck.disable !== true;
}

/** Every secret must come from outside and be asked for by name where it is missing. */
function literalSecrets({ environment = {}, command = [] }) {
  const required = /\$\{[A-Z_]+:\?[^}]+\}/;
  const variables = Object.entries(environment).filter(
    ([name, value]) => isSecret(name) && value !== null && !required.test(value),
  );
  const withLogin = [...Object.values(environment), ...command].filter((value) => {
    const [, password] = /:\/\/[^/@:]*:(.*)@/.exec(String(value)) ?? [];
    return password !== undefined && !new RegExp(`^${required.source}$`).test(password);
  });
  return [
    ...variables.map(([name]) => `${name} is written into the file, or not required`),
    ...withLogin.map(() => 'an address contains a password'),
  ];
}

function ourProblems(name, service, targets) {
  const problems = [];
  const wants = (condition, problem) => condition || problems.push(problem);
  wants(service.read_only === true, 'can write to its file system');
  wants(/^[1-9]\d*:[1-9]\d*$/.test(service.user ?? ''), 'runs as root');
  wants(service.image.endsWith(`:${productVersion()}`), `is not of this version: ${service.image}`);
  wants(Object.keys(service.depends_on ?? {}).length > 0, 'starts before what it needs');
  if (service.build) {
    const { context, dockerfile, target } = service.build;
    wants(context === '.' && dockerfile === 'deploy/docker/Dockerfile', `is built from ${dockerfile} in ${context}`);
    wants(targets.includes(target), `is built from a target ${target} that does not exist`);
    wants(service.image.startsWith(`tillstream/${target}:`), `${service.image} is built from the target ${target}`);
  }
  if (SERVICES.includes(name)) {
    wants(service.environment?.TILLSTREAM_HOST === '0.0.0.0', 'cannot be reached from outside its container');
    wants(service.environment?.TILLSTREAM_PROFILE === 'distributed', 'runs the embedded profile');
  }
  const known = knownVariables();
  for (const variable of Object.keys(service.environment ?? {}))
    wants(known.has(variable), `${variable} is no variable of Tillstream`);
  return problems;
}

function foreignProblems(service, file) {
  const problems = [];
  if (service.ports !== undefined) problems.push('is published');
  for (const volume of service.volumes ?? []) {
    const [source] = volume.split(':');
    if (!(source in (file.volumes ?? {}))) problems.push(`keeps its data outside named volumes: ${volume}`);
  }
  if ((service.volumes ?? []).length === 0) problems.push('keeps nothing over a restart');
  return problems;
}

/** With its variables replaced: defaults where there are some, else a placeholder of the right form. */
export function interpolated(text) {
  return text
    .replace(/\$\{[A-Z_]+:\?[^}]*\}/g, 'placeholder-of-32-characters-long')
    .replace(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');
}
