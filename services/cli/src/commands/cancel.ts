import type { Command } from 'commander';
import { type Context, type JsonOption, jsonOption, printJson } from './context.js';

export function cancelCommand(program: Command, context: Context): void {
  program
    .command('cancel')
    .description('End an active run: records in flight finish, the rest are left out')
    .argument('<syncId>')
    .addOption(jsonOption())
    .action((syncId: string, options: JsonOption) => cancel(context, syncId, options));
}

async function cancel({ terminal, api }: Context, syncId: string, { json }: JsonOption): Promise<void> {
  const run = await api().post<{ syncId: string }>(`/api/sync/status/${encodeURIComponent(syncId)}/cancel`);
  if (json) printJson(terminal, run);
  else terminal.out(`The run ${run.syncId} is being ended: tillstream status ${run.syncId}`);
}
