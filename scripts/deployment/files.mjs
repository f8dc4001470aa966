// Where the deployment files are, and what the product itself says that they must agree with.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const read = (file) => readFileSync(path.join(root, file), 'utf8');

export const COMPOSE = 'docker-compose.yml';
export const DOCKERFILE = 'deploy/docker/Dockerfile';
export const CHART = 'deploy/helm/tillstream';

/** Each is an image, a compose service and a Deployment of the chart. */
export const SERVICES = ['orchestrator', 'projector', 'query-api', 'quickbooks-writer', 'supabase-writer'];
/** Images that are built here and are no service. */
export const OTHER_IMAGES = ['sandbox', 'tools'];

export const productVersion = () => JSON.parse(read('package.json')).version;

/** Names of the environment variables that the product knows; .env.example is generated from libs/config. */
export const knownVariables = () =>
  new Set([...read('.env.example').matchAll(/^# ([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name));

/** Whether a variable of this name holds something that must not stand in a file. */
export const isSecret = (name) =>
  /(?:ADMIN|MASTER|API)_KEY|PASSWORD|SECRET|TOKEN|^MONGODB_URI$/.test(name) && !/^KAFKA_.*_FACTOR$/.test(name);

/** A tag that always means the same release: at least major.minor. */
export const isPinned = (image) => /:v?\d+\.\d+[\w.-]*$/.test(image);
