import { closeSync, constants, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { PermanentError } from '@tillstream/kernel';
import { generateApiKey, generateMasterKey } from './keys.js';

export interface KeyFile {
  readonly value: string;
  readonly path: string;
  /** True when this call made it: tell the user where it lies, never what it is. */
  readonly created: boolean;
}

/** `<data>/master.key`: loaded, or made with mode 0600 at the first start. Throws `key_file_unusable`. */
export function loadOrCreateMasterKey(dataDir: string): KeyFile {
  return loadOrCreate(path.join(dataDir, 'master.key'), generateMasterKey);
}

/** `<data>/admin.key`: loaded, or made with mode 0600 at the first start. Throws `key_file_unusable`. */
export function loadOrCreateAdminKey(dataDir: string): KeyFile {
  return loadOrCreate(path.join(dataDir, 'admin.key'), generateApiKey);
}

function loadOrCreate(file: string, generate: () => string): KeyFile {
  const existing = read(file);
  if (existing !== undefined) return { value: existing, path: file, created: false };
  const value = generate();
  try {
    writeDurably(file, `${value}\n`);
  } catch (cause) {
    throw new PermanentError('key_file_unusable', `the key file ${file} cannot be written`, { cause });
  }
  return { value, path: file, created: true };
}

function read(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new PermanentError('key_file_unusable', `the key file ${file} cannot be read`, { cause });
  }
  if (text === '') {
    throw new PermanentError('key_file_unusable', `the key file ${file} is empty: restore it from a backup`);
  }
  return text;
}

/**
 * The key appears under its name only when it is complete and on disk, so a crash leaves no empty file; `link` refuses
 * an existing name, so two processes that start together never overwrite each other's key.
 */
function writeDurably(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  const handle = openSync(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
    linkSync(temporary, file);
    syncFolder(path.dirname(file));
  } finally {
    closeSync(handle);
    rmSync(temporary, { force: true });
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
