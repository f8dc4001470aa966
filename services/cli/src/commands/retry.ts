import type { Command } from 'commander';
import type { Api } from '../api/api.js';
import { countText } from '../text/format.js';
import { type Context, entityOption, type JsonOption, jsonOption, printJson, targetOption, usage } from './context.js';
import { followAndShow } from './show-run.js';

interface RetryOptions extends JsonOption {
  readonly entity?: string;
  readonly target?: string;
  readonly code?: string;
  readonly all?: boolean;
  readonly recreate?: boolean;
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
    .option('--recreate', 'write again what somebody removed in QuickBooks; with one failure id')
    .option('--no-wait', 'print the id of the run and leave it')
    .addOption(jsonOption())
    .action((ids: string[], options: RetryOptions) => retry(context, ids, options));
}

async function retry(context: Context, ids: readonly string[], options: RetryOptions): Promise<void> {
  const { terminal } = context;
  const { wait, json = false } = options;
  const request = requestOf(ids, options);
  const api = context.api();
  const { syncId, accepted } = await request(api);
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

/** What is asked of the API. Throws `usage` before anything is sent. */
function requestOf(ids: readonly string[], options: RetryOptions): (api: Api) => Promise<Retried> {
  const { entity, target, code, all = false, recreate = false } = options;
  const filters = { entity, target, code };
  const isNarrowed = ids.length > 0 || Object.values(filters).some((value) => value !== undefined);
  if (!isNarrowed && !all) throw usage('say which: failure ids, --entity, --target, --code, or --all');
  if (!recreate) return (api) => api.post('/api/sync/retry', { ...filters, ...(ids.length > 0 && { ids }) });
  const [id, ...others] = ids;
  if (id === undefined || others.length > 0) throw usage('--recreate needs exactly one failure id');
  const path = `/api/sync/failures/${encodeURIComponent(id)}/retry`;
  return async (api) => ({ ...(await api.post<{ syncId: string }>(path, { recreate })), accepted: 1 });
}
