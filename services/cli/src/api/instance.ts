import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Config, loadConfig } from '@tillstream/config';
import { PermanentError } from '@tillstream/kernel';
import { Api } from './api.js';

const INSTANCE_FILE = 'instance.json';
const KEY_FILE = 'admin.key';

/**
 * The instance that commands talk to: TILLSTREAM_URL with TILLSTREAM_API_KEY, else the one that runs on the data folder
 * with that folder's admin key. Throws `instance_missing`, `api_key_missing`, `config_invalid` saying what to do.
 */
export function openApi(env: Readonly<Record<string, string | undefined>>): Api {
  const config = loadConfig(env);
  const running = runningInstance(config.dataDir);
  const url = config.cli.url ?? running;
  if (url === undefined) {
    throw new PermanentError(
      'instance_missing',
      `No Tillstream is running on the data folder ${config.dataDir}: start it with "npm start", or set TILLSTREAM_URL and TILLSTREAM_API_KEY.`,
    );
  }
  return new Api(url.replace(/\/+$/, ''), keyFor(config, url === running));
}

/** The folder's own key goes to the folder's own instance only. */
function keyFor(config: Config, isOwn: boolean): string {
  const key =
    config.cli.apiKey ?? (isOwn ? (config.adminKey ?? readText(config.dataDir, KEY_FILE)?.trim()) : undefined);
  if (key) return key;
  throw new PermanentError('api_key_missing', 'Set TILLSTREAM_API_KEY to an API key of this Tillstream.');
}

/** Its address; undefined when the process that wrote it is gone (killed processes leave the file behind). */
function runningInstance(dataDir: string): string | undefined {
  const text = readText(dataDir, INSTANCE_FILE);
  if (text === undefined) return undefined;
  try {
    const { url, pid } = JSON.parse(text) as { url?: unknown; pid?: unknown };
    return typeof url === 'string' && typeof pid === 'number' && isAlive(pid) ? url : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Alive, but somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readText(dataDir: string, name: string): string | undefined {
  try {
    return readFileSync(path.join(dataDir, name), 'utf8');
  } catch {
    return undefined;
  }
}
