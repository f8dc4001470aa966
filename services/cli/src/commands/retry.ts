import type { Command } from 'commander';
import { countText } from '../text/format.js';
import { type Context, entityOption, type JsonOption, jsonOption, printJson, targetOption, usage } from './context.js';
import { followAndShow } from './show-run.js';

interface RetryOptions extends JsonOption {
  readonly entity?: string;
  readonly target?: string;
  readonly code?: string;
  readonly all?: boolean;
  readonly wait: boolean;
}

interface Retried {
  readonly syncId: string | null;
  readonly accepted: number;
}

export function retryCommand(program: Command, context: Context): void {
  program
    .command('retry')
    .description('Try open failures again: by id, or all that fit')
    .argument('[failureIds...]')
    .addOption(entityOption())
    .addOption(targetOption())
    .option('--code <code>', 'only this code (docs/errors.md)')
    .option('--all', 'every open failure')
    .option('--no-wait', 'print the id of the run and leave it')
    .addOption(jsonOption())
    .action((ids: string[], options: RetryOptions) => retry(context, ids, options));
}

async function retry(context: Context, ids: readonly string[], options: RetryOptions): Promise<void> {
  const { entity, target, code, all = false, wait, json = false } = options;
  const filters = { entity, target, code };
  const isNarrowed = ids.length > 0 || Object.values(filters).some((value) => value !== undefined);
  if (!isNarrowed && !all) throw usage('say which: failure ids, --entity, --target, --code, or --all');
  const { terminal } = context;
  const api = context.api();
  const { syncId, accepted } = await api.post<Retried>('/api/sync/retry', {
    ...filters,
    ...(ids.length > 0 && { ids }),
  });
  if (syncId === null) {
    if (json) printJson(terminal, { syncId, accepted });
    else terminal.out('Nothing open fits: nothing to retry.');
    return;
  }
  if (!json) terminal.note(`Run ${syncId} tries ${countText(accepted, 'failure')} again.`);
  if (wait) return followAndShow(context, api, syncId, json);
  if (json) printJson(terminal, { syncId, accepted });
  else terminal.out(syncId);
}
