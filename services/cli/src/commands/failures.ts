import { type Command, Option } from 'commander';
import type { FailureView } from '../api/views.js';
import { actionLines, failuresTable } from '../text/failure-text.js';
import {
  type Context,
  entityOption,
  type JsonOption,
  jsonOption,
  positive,
  printJson,
  targetOption,
} from './context.js';

interface FailuresOptions extends JsonOption {
  readonly entity?: string;
  readonly target?: string;
  readonly code?: string;
  readonly state?: string;
  readonly run?: string;
  readonly all?: boolean;
  readonly limit: number;
}

export function failuresCommand(program: Command, context: Context): void {
  program
    .command('failures')
    .description('What was held or failed, why, and what to do about it')
    .addOption(entityOption())
    .addOption(targetOption())
    .option('--code <code>', 'only this code (docs/errors.md)')
    .addOption(new Option('--state <state>', 'only this state').choices(['open', 'retrying', 'resolved', 'discarded']))
    .option('--run <syncId>', 'only those of this run')
    .option('--all', 'also resolved and discarded ones, and those that only wait for another failure')
    .option('--limit <n>', 'how many to list', positive, 50)
    .addOption(jsonOption())
    .action((options: FailuresOptions) => show(context, options));
}

async function show({ terminal, api: open }: Context, options: FailuresOptions): Promise<void> {
  const { entity, target, code, state, run, all = false, limit, json } = options;
  const query = { entity, target, code, syncId: run, causedBy: all ? 'any' : undefined };
  const api = open();
  // The API filters by one state: what needs attention has two.
  const states = state !== undefined ? [state] : all ? [undefined] : ['open', 'retrying'];
  const found = await Promise.all(
    states.map((each) => api.list<FailureView>('/api/sync/failures', { ...query, state: each }, limit)),
  );
  const newestFirst = found
    .flatMap(({ items }) => items)
    .toSorted((a, b) => b.lastFailedAt.localeCompare(a.lastFailedAt) || b.id.localeCompare(a.id));
  const items = newestFirst.slice(0, limit);
  const hasMore = newestFirst.length > limit || found.some((page) => page.hasMore);
  if (json) return printJson(terminal, { items, hasMore });
  if (items.length === 0) return terminal.out('No failures.');
  terminal.table(failuresTable(items, terminal.isScreen));
  terminal.out(['', 'What to do:', ...actionLines(items)].join('\n'));
  if (hasMore) terminal.out(`These are the newest ${items.length}; --limit shows more.`);
}
