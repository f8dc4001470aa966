import type { StorageView } from '@tillstream/contracts';
import type { Command } from 'commander';
import type { Api } from '../api/api.js';
import type { RunView } from '../api/views.js';
import { isFinal } from '../follow/follow-run.js';
import { runsTable } from '../text/run-text.js';
import { storageLines } from '../text/storage-text.js';
import { type Context, type JsonOption, jsonOption, positive, printJson } from './context.js';
import { followAndShow, showRun } from './show-run.js';

interface StatusOptions extends JsonOption {
  readonly wait: boolean;
  readonly limit: number;
}

export function statusCommand(program: Command, context: Context): void {
  program
    .command('status')
    .description('How one run goes, to its end; without an id the recent runs and the size of the data folder')
    .argument('[syncId]')
    .option('--no-wait', 'what it is now, also while the run is active')
    .option('--limit <n>', 'how many runs to list', positive, 10)
    .addOption(jsonOption())
    .action((syncId: string | undefined, options: StatusOptions) =>
      syncId === undefined ? overview(context, options) : oneRun(context, syncId, options),
    );
}

async function oneRun(context: Context, syncId: string, { wait, json = false }: StatusOptions): Promise<void> {
  const api = context.api();
  const run = await api.get<RunView>(`/api/sync/status/${encodeURIComponent(syncId)}`);
  if (wait && !isFinal(run)) await followAndShow(context, api, run.syncId, json);
  else await showRun(context, api, run, json);
}

async function overview({ terminal, api: open }: Context, { limit, json }: StatusOptions): Promise<void> {
  const api = open();
  const [{ items }, storage] = await Promise.all([api.list<RunView>('/api/sync/status', {}, limit), storageOf(api)]);
  if (json) return printJson(terminal, { runs: items, storage: storage ?? null });
  if (items.length === 0) terminal.out('No run yet. Start one with: tillstream sync orders');
  else terminal.table(runsTable(items));
  if (storage) terminal.out(['', ...storageLines(storage)].join('\n'));
}

/** Only admins of the instance see it, and only where it has a storage of its own. */
function storageOf(api: Api): Promise<StorageView | undefined> {
  return api.getUnless<StorageView>(['forbidden', 'not_found'], '/api/storage');
}
