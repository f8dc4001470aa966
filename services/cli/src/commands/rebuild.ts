import { setTimeout as pause } from 'node:timers/promises';
import type { RebuildView } from '@tillstream/contracts';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { countText, durationText } from '../text/format.js';
import { type Context, type JsonOption, jsonOption, printJson } from './context.js';

const LOOK_MS = 300;

export function rebuildCommand(program: Command, context: Context): void {
  program
    .command('rebuild')
    .description('Make what is shown anew from the log, compare it with what was there, and use the new one')
    .addOption(jsonOption())
    .action((options: JsonOption) => rebuild(context, options));
}

async function rebuild(context: Context, { json }: JsonOption): Promise<void> {
  const { terminal } = context;
  const api = context.api();
  const { rebuildId } = await api.post<{ rebuildId: string }>('/api/rebuilds');
  if (!json) terminal.note(`Rebuild ${rebuildId} started; everything goes on meanwhile.`);
  let view = await api.get<RebuildView>(`/api/rebuilds/${rebuildId}`);
  while (view.status === 'running') {
    await pause(LOOK_MS);
    view = await api.get<RebuildView>(`/api/rebuilds/${rebuildId}`);
  }
  context.done(exitCode(view));
  if (json) return printJson(terminal, view);
  for (const line of rebuildLines(view)) terminal.out(line);
  if (view.differences.length > 0) {
    const rows = view.differences.map(({ collection, id, path }) => [collection, id, path === '' ? '(whole)' : path]);
    terminal.table({ head: ['collection', 'document', 'field'], rows });
  }
}

/** A difference means that what was shown was not what the log says: worth a look, although it is right now. */
function exitCode({ status, differenceCount }: RebuildView): number {
  if (status !== 'completed') return EXIT.failed;
  return differenceCount === 0 ? EXIT.completed : EXIT.withErrors;
}

/** Pure. */
export function rebuildLines(view: RebuildView): string[] {
  const { status, documents, compared, differenceCount, switched, startedAt, finishedAt, failure } = view;
  if (status === 'failed')
    return [`The rebuild failed: ${failure ?? 'the log says why'}. What was there stays in use.`];
  const took = finishedAt === null ? '' : ` in ${durationText(Date.parse(finishedAt) - Date.parse(startedAt))}`;
  const result = differenceCount === 0 ? 'no difference' : countText(differenceCount, 'difference');
  const use = switched ? 'The rebuilt ones are in use.' : 'What was there stays in use.';
  return [`${countText(documents, 'document')} rebuilt from the log, ${compared} compared${took}: ${result}. ${use}`];
}
