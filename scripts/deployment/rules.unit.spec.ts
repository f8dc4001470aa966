import { describe, expect, it } from 'vitest';
import { closure, workspacePackages } from '../../deploy/docker/bundle.mjs';
import { chartProblems, renderedProblems, templateProblems, templates } from './chart.mjs';
import { composeProblems, interpolated } from './compose.mjs';
import { dockerfileProblems, missingEntryFiles, parseDockerfile } from './dockerfile.mjs';
import { COMPOSE, DOCKERFILE, OTHER_IMAGES, read, SERVICES } from './files.mjs';

const compose = read(COMPOSE);
const dockerfile = read(DOCKERFILE);
const ignore = read('.dockerignore');
const targets = parseDockerfile(dockerfile).map(({ name }) => name);
const OTHERS = [...SERVICES, ...OTHER_IMAGES, 'testing', 'standalone', 'cli'].map((name) => `@tillstream/${name}`);

/** `text` with one thing changed; throws when it is not there, so that no rule is tested against an unchanged file. */
function broken(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`"${from}" is not there any more`);
  return text.replaceAll(from, to);
}

describe('docker-compose.yml', () => {
  it('keeps every rule', () => {
    expect(composeProblems(compose, targets)).toEqual([]);
  });

  it.each([
    ['  read_only: true\n', '', 'query-api: can write to its file system'],
    ['user: "1000:1000"', 'user: "0:0"', 'sandbox: runs as root'],
    ['cap_drop: [ALL]', 'cap_drop: []', 'kafka: keeps capabilities'],
    ['no-new-privileges:true', 'label:disable', 'mongo: may gain privileges'],
    ['apache/kafka:4.4.0', 'apache/kafka:latest', 'kafka: the image apache/kafka:latest is not pinned'],
    ['127.0.0.1:${HTTP_PORT', '${HTTP_PORT', 'query-api: publishes ${HTTP_PORT:-8080}:8080 to other machines'],
    [
      'mongo: { condition: service_healthy }',
      'mongo: { condition: service_started }',
      'projector: depends on mongo with service_started',
    ],
    ['topics: { condition', 'topic: { condition', 'projector: depends on topic, which does not exist'],
    [
      'TILLSTREAM_HOST: 0.0.0.0',
      'TILLSTREAM_HOST: 127.0.0.1',
      'orchestrator: cannot be reached from outside its container',
    ],
    [
      'TILLSTREAM_PUBLIC_URL:',
      'TILLSTREAM_PUBLIC_ADDRESS:',
      'orchestrator: TILLSTREAM_PUBLIC_ADDRESS is no variable of Tillstream',
    ],
    ['target: projector', 'target: projektor', 'projector: is built from a target projektor that does not exist'],
    [
      '${TILLSTREAM_MASTER_KEY:?make .env first, see deploy/README.md}',
      'c2VjcmV0',
      'projector: TILLSTREAM_MASTER_KEY is written into the file, or not required',
    ],
    [
      '${TILLSTREAM_ADMIN_KEY:?make .env first, see deploy/README.md}',
      '${TILLSTREAM_ADMIN_KEY:-changeme}',
      'tools: TILLSTREAM_API_KEY is written into the file, or not required',
    ],
    [
      'postgres:${POSTGRES_PASSWORD:?make .env first, see deploy/README.md}@',
      'postgres:letmein@',
      'sandbox: an address contains a password',
    ],
    ['"mongo:/data/db"', '"/srv/mongo:/data/db"', 'mongo: keeps its data outside named volumes: /srv/mongo:/data/db'],
    ['[CMD, pg_isready, --host=127.0.0.1, --username=postgres]', 'NONE', 'postgres: has no healthcheck'],
  ])('is refused with %j as %j', (from, to, problem) => {
    expect(composeProblems(broken(compose, from, to), targets)).toContain(problem);
  });

  it('has no variable left once its variables are replaced', () => {
    expect(interpolated(compose)).not.toMatch(/\$\{/);
  });
});

describe('the Dockerfile', () => {
  it('keeps every rule', () => {
    expect(dockerfileProblems(dockerfile, ignore)).toEqual([]);
  });

  it.each([
    ['USER 1000:1000', 'USER root', 'target query-api runs as root, or as a user by name'],
    [
      'node:24.21.0-bookworm-slim AS base',
      'node:latest AS base',
      'base: the image node:latest is neither a stage nor pinned',
    ],
    [
      'COPY --from=bundle-projector',
      'COPY --from=bundle-projektor',
      'projector: COPY --from=bundle-projektor is no earlier stage',
    ],
    ['COPY proto ./proto', 'COPY protos ./proto', 'build: COPY protos does not exist'],
    ['COPY proto ./proto', 'COPY docs ./docs', 'build: .dockerignore does not send docs'],
    [
      'services/projector/dist/src/main.js',
      'services/projector/main.js',
      'target projector starts services/projector/main.js',
    ],
    [
      '["node", "services/cli/dist/src/main.js"]',
      'node services/cli/dist/src/main.js',
      'target tools has no ENTRYPOINT in exec form: signals would not arrive',
    ],
    ['CMD ["node", "/app/health.mjs", "http', 'CMD curl ["http', 'target orchestrator has no HEALTHCHECK in exec form'],
    [' --omit=dev', '', 'target sandbox bundle-sandbox installs development dependencies or runs install scripts'],
    ['AS supabase-writer', 'AS supabase', 'there is no target supabase-writer'],
    [
      'ENV NODE_ENV=production',
      'ENV TILLSTREAM_ADMIN_KEY=x',
      'base: a secret would stay in the image: ENV TILLSTREAM_ADMIN_KEY=x',
    ],
    ['COPY deploy/docker/health.mjs ./health.mjs', 'RUN date', 'target tools runs commands: belongs in the build'],
  ])('is refused with %j as %j', (from, to, problem) => {
    expect(dockerfileProblems(broken(dockerfile, from, to), ignore)).toContain(problem);
  });

  it('is read with flags, continued lines, comments and both forms of arguments', () => {
    const text = 'FROM a:1.0 AS x\n# c\nCOPY --from=y --chown=1 a \\\n  b ./\nENTRYPOINT ["n", "m"]\n';
    expect(parseDockerfile(text)).toEqual([
      {
        name: 'x',
        from: 'a:1.0',
        instructions: [
          { keyword: 'COPY', flags: { from: 'y', chown: '1' }, words: ['a', 'b', './'], text: 'a b ./' },
          { keyword: 'ENTRYPOINT', flags: {}, words: ['n', 'm'], text: '["n", "m"]' },
        ],
      },
    ]);
    expect(dockerfileProblems('FROM a:1.0\n', ignore)).toEqual(['a stage without a name: FROM a:1.0']);
  });

  it('starts no file that the build does not make', () => {
    expect(missingEntryFiles(['package.json', 'services/none/dist/src/main.js'])).toEqual([
      'services/none/dist/src/main.js is started, but the build makes no such file',
    ]);
  });
});

describe('the Helm chart', () => {
  it('keeps every rule', () => {
    expect(chartProblems()).toEqual([]);
  });

  it.each([
    [
      '_helpers.tpl',
      'enableServiceLinks: false',
      'enableServiceLinks: true',
      'tillstream.podSpec lacks "enableServiceLinks: false"',
    ],
    [
      '_helpers.tpl',
      'automountServiceAccountToken: false',
      '',
      'tillstream.podSpec lacks "automountServiceAccountToken: false"',
    ],
    [
      'triggers.yaml',
      '{{- include "tillstream.podSpec" $identity',
      '{{- include "other" $identity',
      'triggers.yaml has pods that do not use tillstream.podSpec',
    ],
    [
      'topics-job.yaml',
      'tillstream.containerSecurity',
      'other',
      'topics-job.yaml has containers without containerSecurity',
    ],
    [
      'services.yaml',
      'kind: Service\n',
      'kind: Secret\n',
      'services.yaml creates a Secret: they exist before the install',
    ],
  ])('is refused when %s has not %j but %j', (file, from, to, problem) => {
    const files = templates();
    expect(templateProblems({ ...files, [file]: broken(files[file] ?? '', from, to) })).toContain(problem);
  });

  it('may render only pods that are locked down, pinned, bounded and know every variable', () => {
    const pod = {
      containers: [
        {
          image: 'a',
          env: [
            { name: 'TILLSTREAM_X', value: '1' },
            { name: 'MONGODB_URI', value: 'm' },
          ],
        },
      ],
    };
    const text = JSON.stringify({ kind: 'Deployment', metadata: { name: 'd' }, spec: { template: { spec: pod } } });
    expect(renderedProblems(text).map((line) => line.replace('Deployment d: ', ''))).toEqual([
      'service links would inject unknown TILLSTREAM_* variables',
      'mounts a service account token',
      'may run as root',
      'has no seccomp profile',
      'is not given 15 s to end',
      'can write to its file system',
      'may gain privileges',
      'keeps capabilities',
      'has no bound of memory',
      'the image a is not pinned',
      'has no startupProbe',
      'has no livenessProbe',
      'has no readinessProbe',
      'TILLSTREAM_X is no variable of Tillstream',
      'MONGODB_URI is written into the pod',
    ]);
  });
});

describe('the images', () => {
  it.each(SERVICES)('of %s holds no sandbox, no test code and no other service', (service) => {
    const parts = [...closure(workspacePackages(), [service]).keys()];
    expect(parts).toContain('@tillstream/service-host');
    expect(parts.filter((name) => OTHERS.includes(name))).toEqual([`@tillstream/${service}`]);
  });

  it('of the sandboxes holds nothing of the product but the kernel', () => {
    expect([...closure(workspacePackages(), ['sandbox']).keys()]).toEqual([
      '@tillstream/sandbox',
      '@tillstream/kernel',
    ]);
  });

  it('of the tools leaves out what it is told to, and refuses a service that does not exist', () => {
    const parts = closure(workspacePackages(), ['cli', 'standalone'], ['@tillstream/sandbox']);
    expect([...parts.keys()]).toContain('@tillstream/kafka');
    expect([...parts.keys()]).not.toContain('@tillstream/sandbox');
    expect(() => closure(workspacePackages(), ['clii'])).toThrow('clii');
  });
});
