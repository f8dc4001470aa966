import { asError, TillstreamError } from '@tillstream/kernel';
import { Command, CommanderError } from 'commander';
import { ApiRefusal } from './api/api.js';
import { openApi } from './api/instance.js';
import { backupCommand, restoreCommand } from './commands/backup.js';
import { cancelCommand } from './commands/cancel.js';
import { connectionsCommand } from './commands/connections.js';
import type { Context } from './commands/context.js';
import { explainCommand } from './commands/explain.js';
import { failuresCommand } from './commands/failures.js';
import { rebuildCommand } from './commands/rebuild.js';
import { retryCommand } from './commands/retry.js';
import { settingsCommand } from './commands/settings.js';
import { statusCommand } from './commands/status.js';
import { supabaseCommand } from './commands/supabase.js';
import { syncCommand, triggerCommand } from './commands/sync.js';
import { EXIT, exitCodeOfError } from './exit-codes.js';
import type { Terminal } from './terminal/terminal.js';
import { oneLine } from './text/format.js';

const COMMANDS = [
  syncCommand,
  statusCommand,
  cancelCommand,
  failuresCommand,
  retryCommand,
  explainCommand,
  connectionsCommand,
  settingsCommand,
  supabaseCommand,
  triggerCommand,
  rebuildCommand,
  backupCommand,
  restoreCommand,
];

const EXIT_CODES = `
Exit codes: 0 completed, 1 failed, 2 wrong usage, 3 completed with errors, 4 refused because a run is active.
Instance: TILLSTREAM_URL and TILLSTREAM_API_KEY, else the one that runs on the data folder (TILLSTREAM_DATA).`;

/** Runs one command line and returns the exit code. Never throws: every error is one or two lines on stderr. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.completed;
  const context: Context = {
    terminal,
    api: () => openApi(terminal.env),
    done: (code) => {
      exitCode = code;
    },
  };
  try {
    await programFor(context).parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    return report(thrown, terminal);
  }
}

function programFor(context: Context): Command {
  const { terminal } = context;
  const program = new Command('tillstream')
    .description('Keeps a WooCommerce shop in step with QuickBooks Online and Supabase.')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(--help shows what is possible)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'tillstream: ')),
    });
  for (const add of COMMANDS) add(program, context);
  return program;
}

function report(thrown: unknown, terminal: Terminal): number {
  // Commander has said what is wrong already; help and version end this way too.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.completed : EXIT.usage;
  const error = asError(thrown);
  const code = error instanceof TillstreamError ? error.code : 'internal_error';
  terminal.note(`tillstream: ${code}: ${oneLine(error.message)}`);
  const hint = thrown instanceof ApiRefusal ? hintFor(thrown) : undefined;
  if (hint !== undefined) terminal.note(`  ${hint}`);
  return exitCodeOfError(code);
}

/** What the members of a problem tell, where they help to go on. */
function hintFor({ code, members }: ApiRefusal): string | undefined {
  if (code === 'sync_already_running') return `Watch it with: tillstream status ${String(members['syncId'])}`;
  if (code !== 'start_date_missing') return undefined;
  const perYear = Object.entries((members['ordersPerYear'] ?? {}) as Record<string, number>);
  const orders = perYear.map(([year, count]) => `${year}: ${count}`).join(', ');
  return `${orders === '' ? '' : `Orders per year: ${orders}. `}Choose with: tillstream settings set orders.createdFrom <date>|all`;
}
