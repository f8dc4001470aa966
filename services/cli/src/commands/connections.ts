import type { Platform } from '@tillstream/contracts';
import { Argument, type Command } from 'commander';
import type { Api } from '../api/api.js';
import type { ConnectionView, List, TestResult } from '../api/views.js';
import { EXIT } from '../exit-codes.js';
import { timeText, wordsOf } from '../text/format.js';
import { type Context, type JsonOption, jsonOption, printJson, usage } from './context.js';

const PLATFORMS = ['woocommerce', 'quickbooks', 'supabase'] as const satisfies readonly Platform[];
const platformArgument = (text: string) => new Argument(text).choices(PLATFORMS);

export function connectionsCommand(program: Command, context: Context): void {
  const command = program
    .command('connections')
    .description('The shop and the targets: how they are connected, and whether it works');
  command
    .command('list', { isDefault: true })
    .description('list the connections')
    .addOption(jsonOption())
    .action((options: JsonOption) => list(context, options));
  command
    .command('test')
    .description('call the remote, reading only, and say what to fix')
    .addArgument(platformArgument('[platform]'))
    .addOption(jsonOption())
    .action((platform: Platform | undefined, options: JsonOption) => test(context, platform, options));
  command
    .command('set')
    .description(
      'create or replace a connection; its JSON body is read from stdin, so that no secret is in the history',
    )
    .addArgument(platformArgument('<platform>'))
    .option('--replace-identity', 'it may point to another shop, company or project than before')
    .addOption(jsonOption())
    .action((platform: Platform, options: JsonOption & { replaceIdentity?: boolean }) =>
      set(context, platform, options),
    );
}

async function connectionsOf(api: Api): Promise<readonly ConnectionView[]> {
  return (await api.get<List<ConnectionView>>('/api/connections')).items;
}

async function list({ terminal, api }: Context, { json }: JsonOption): Promise<void> {
  const connections = await connectionsOf(api());
  if (json) return printJson(terminal, { items: connections });
  if (connections.length === 0) {
    return terminal.out('Nothing is connected yet: tillstream connections set woocommerce < shop.json');
  }
  terminal.table({
    head: ['platform', 'status', 'checked', 'where', 'detail'],
    rows: connections.map((connection) => [
      connection.platform,
      wordsOf(connection.status),
      connection.lastCheckedAt === undefined ? '-' : timeText(connection.lastCheckedAt),
      connection.identity,
      connection.detail ?? '',
    ]),
  });
}

async function test(context: Context, platform: Platform | undefined, { json }: JsonOption): Promise<void> {
  const { terminal } = context;
  const api = context.api();
  const platforms = platform ? [platform] : (await connectionsOf(api)).map((connection) => connection.platform);
  if (platforms.length === 0) throw usage('nothing is connected yet');
  const results: Record<string, TestResult> = {};
  for (const each of platforms) results[each] = await api.post<TestResult>(`/api/connections/${each}/test`);
  context.done(Object.values(results).every(({ ok }) => ok) ? EXIT.completed : EXIT.failed);
  if (json) return printJson(terminal, results);
  terminal.table({
    head: ['platform', 'check', 'result', 'detail'],
    rows: Object.entries(results).flatMap(([name, { ok, checks }]) =>
      // In a test that went well as a whole, what is not ok only tells something (plain http, for example).
      checks.map((check) => [name, check.name, check.ok ? 'ok' : ok ? 'note' : 'NOT OK', check.detail]),
    ),
  });
}

async function set(
  { terminal, api: open }: Context,
  platform: Platform,
  { replaceIdentity = false, json }: JsonOption & { replaceIdentity?: boolean },
): Promise<void> {
  const api = open();
  const body = bodyOf(await terminal.stdin());
  const query = replaceIdentity ? '?replaceIdentity=true' : '';
  const connection = await api.put<ConnectionView>(`/api/connections/${platform}${query}`, body);
  if (json) printJson(terminal, connection);
  else terminal.out(`The ${platform} connection is stored. Try it with: tillstream connections test ${platform}`);
}

function bodyOf(text: string): object {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // Said below; the text may hold secrets and is not repeated.
  }
  throw usage('stdin must be a JSON object, e.g. {"storeUrl": "https://…", "consumerKey": "…", "consumerSecret": "…"}');
}
