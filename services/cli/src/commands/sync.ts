import { type Command, Argument, Option } from 'commander';
import type { StartedRun } from '../api/views.js';
import {
  collected,
  type Context,
  ENTITIES,
  type JsonOption,
  jsonOption,
  printJson,
  TARGETS,
  usage,
} from './context.js';
import { followAndShow } from './show-run.js';

interface StartOptions extends JsonOption {
  readonly mode: string;
  readonly target: string;
  readonly dryRun?: boolean;
  readonly ids?: readonly string[];
  readonly status?: readonly string[];
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly modifiedAfter?: string;
  readonly idempotencyKey?: string;
  readonly wait: boolean;
}

export function syncCommand(program: Command, context: Context): void {
  startOptions(program.command('sync'), 'Bring records of the shop to the targets, and watch it')
    .option('--dry-run', 'say what would happen, write nothing')
    .option('--ids <ids>', 'only these records, e.g. 1042,1043', collected)
    .option('--status <statuses>', 'only orders with these statuses, e.g. completed', collected)
    .option('--created-after <time>', 'a date or an RFC 3339 time')
    .option('--created-before <time>', 'a date or an RFC 3339 time')
    .option('--modified-after <time>', 'a date or an RFC 3339 time')
    .option('--wait', 'watch the run to its end (the default)', true)
    .option('--no-wait', 'print the id of the run and leave it')
    .action((entity: string, options: StartOptions) => start(context, entity, options));
}

/** For Kubernetes CronJobs and other schedulers (contract section 7). */
export function triggerCommand(program: Command, context: Context): void {
  startOptions(program.command('trigger'), 'Start a run, for schedulers; --wait fails when the run does')
    .option('--wait', 'wait for the end of the run', false)
    .action((entity: string, options: StartOptions) => start(context, entity, options));
}

function startOptions(command: Command, about: string): Command {
  return command
    .description(about)
    .addArgument(new Argument('<entity>').choices(ENTITIES))
    .addOption(
      new Option('--mode <mode>', 'what changed since the last run, or everything')
        .choices(['incremental', 'full'])
        .default('incremental'),
    )
    .addOption(new Option('--target <target>', 'where to').choices(['all', ...TARGETS]).default('all'))
    .option('--idempotency-key <key>', 'the same key within 24 h starts no second run')
    .addOption(jsonOption());
}

async function start(context: Context, entity: string, options: StartOptions): Promise<void> {
  const { terminal } = context;
  const body = requestOf(options);
  const api = context.api();
  const started = await api.post<StartedRun>(`/api/sync/${entity}`, body);
  const { wait, json = false } = options;
  if (wait) {
    if (!json) terminal.note(`Run ${started.syncId} started.`);
    await followAndShow(context, api, started.syncId, json);
  } else if (json) printJson(terminal, started);
  else terminal.out(started.syncId);
}

function requestOf(options: StartOptions): Record<string, unknown> {
  const { mode, target, dryRun = false, ids, status, idempotencyKey } = options;
  const times = {
    createdAfter: options.createdAfter,
    createdBefore: options.createdBefore,
    modifiedAfter: options.modifiedAfter,
  };
  const filters = {
    ...(status && { status }),
    ...Object.fromEntries(
      Object.entries(times).flatMap(([name, text]) => (text === undefined ? [] : [[name, timeOf(text)]])),
    ),
  };
  return {
    mode,
    target,
    dryRun,
    filters,
    ...(ids && { ids }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

/** A date is its first moment in UTC. */
function timeOf(text: string): string {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
  if (Number.isNaN(Date.parse(time)))
    throw usage(`"${text}" is neither a date such as 2026-01-31 nor an RFC 3339 time`);
  return time;
}
