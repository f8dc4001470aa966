import path from 'node:path';
import { loadConfig } from '@tillstream/config';
import type { Command } from 'commander';
import { type Context, type JsonOption, jsonOption, printJson } from './context.js';

interface BackupOptions extends JsonOption {
  readonly data?: string;
  readonly keys: boolean;
}

interface RestoreOptions extends JsonOption {
  readonly data?: string;
  readonly force?: boolean;
}

export function backupCommand(program: Command, context: Context): void {
  program
    .command('backup')
    .description('Copy the data folder into one file; a running instance goes on meanwhile')
    .argument('<file>')
    .option('--data <folder>', 'the data folder (default: TILLSTREAM_DATA)')
    .option('--no-keys', 'leave out master.key and admin.key: without them the backup opens no connection')
    .addOption(jsonOption())
    .action((file: string, options: BackupOptions) => backup(context, file, options));
}

export function restoreCommand(program: Command, context: Context): void {
  program
    .command('restore')
    .description('Make a data folder from a backup; nothing may run on it')
    .argument('<file>')
    .option('--data <folder>', 'the data folder (default: TILLSTREAM_DATA)')
    .option('--force', 'replace what is in the folder')
    .addOption(jsonOption())
    .action((file: string, options: RestoreOptions) => restore(context, file, options));
}

// The storage is loaded only here: its native parts would make every other command slower to start.
async function backup({ terminal }: Context, name: string, { data, keys, json }: BackupOptions): Promise<void> {
  const { backupEmbedded } = await import('@tillstream/sqlite');
  const file = path.resolve(terminal.cwd, name);
  const report = await backupEmbedded({ dataDir: folder(terminal, data), file, includeKeys: keys });
  if (json) return printJson(terminal, report);
  terminal.out(`The backup is in ${file}.`);
  if (report.keysIncluded.length > 0) {
    terminal.out(`It contains ${report.keysIncluded.join(' and ')}: keep it as safe as the data folder.`);
  } else terminal.out('It contains no keys: keep the master key with it, but not beside it.');
}

async function restore(
  { terminal }: Context,
  name: string,
  { data, force = false, json }: RestoreOptions,
): Promise<void> {
  const { restoreEmbedded } = await import('@tillstream/sqlite');
  const dataDir = folder(terminal, data);
  const report = await restoreEmbedded({ dataDir, file: path.resolve(terminal.cwd, name), force });
  if (json) return printJson(terminal, report);
  terminal.out(`${dataDir} is as it was in the backup. Start Tillstream on it with "npm start".`);
}

function folder({ cwd, env }: Context['terminal'], data: string | undefined): string {
  return data === undefined ? path.resolve(loadConfig(env).dataDir) : path.resolve(cwd, data);
}
