import type { Command } from 'commander';
import type { SettingsView } from '../api/views.js';
import { type Context, type JsonOption, jsonOption, printJson, usage } from './context.js';

export function settingsCommand(program: Command, context: Context): void {
  const command = program
    .command('settings')
    .description('What is synced and how it is booked (GET /api/settings/schema)');
  command
    .command('show', { isDefault: true })
    .description('print all settings as JSON')
    .addOption(jsonOption())
    .action(async () => printJson(context.terminal, await context.api().get<SettingsView>('/api/settings')));
  command
    .command('set')
    .description('change one setting, e.g. settings set orders.createdFrom 2026-01-01')
    .argument('<path>', 'its name with dots')
    .argument('<value>', 'JSON, or a text')
    .addOption(jsonOption())
    .action((path: string, value: string, options: JsonOption) => set(context, path, value, options));
}

async function set({ terminal, api: open }: Context, path: string, text: string, { json }: JsonOption): Promise<void> {
  const api = open();
  const settings = await api.get<SettingsView>('/api/settings');
  const changed = withValue(settings, path.split('.'), valueOf(text));
  const stored = await api.put<SettingsView>('/api/settings', changed);
  if (json) printJson(terminal, stored);
  else terminal.out(`${path} is now ${text}.`);
}

/** Unknown names reach the API, which refuses them. Throws `usage` where the path leads through a value. */
export function withValue(object: object, [name = '', ...rest]: readonly string[], value: unknown): object {
  if (rest.length === 0) return { ...object, [name]: value };
  const inner: unknown = (object as Record<string, unknown>)[name] ?? {};
  if (typeof inner !== 'object' || Array.isArray(inner)) throw usage(`"${name}" has no settings inside`);
  return { ...object, [name]: withValue(inner ?? {}, rest, value) };
}

/** `5`, `true`, `["completed"]` and `null` are JSON; anything else is a text. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
