import { Entity } from '@tillstream/contracts';
import type { Command } from 'commander';
import type { Api } from '../api/api.js';
import type { ConnectionView, DocumentView, FailureView, List, RunView, SettingsView } from '../api/views.js';
import { type Evidence, explain } from '../explain/explain.js';
import { type Context, type JsonOption, jsonOption, printJson, usage } from './context.js';

export function explainCommand(program: Command, context: Context): void {
  program
    .command('explain')
    .description('Why a record is where it is, or why it is not: explain 1042, explain customers woo:7')
    .argument('<entityOrId>', 'an order id, or the entity')
    .argument('[id]', 'the id, bare or with its source')
    .addOption(jsonOption())
    .action((first: string, second: string | undefined, options: JsonOption) => tell(context, first, second, options));
}

async function tell({ terminal, api }: Context, first: string, second: string | undefined, { json }: JsonOption) {
  const [entity, id] = second === undefined ? (['orders', first] as const) : [entityOf(first), second];
  const evidence = await gather(api(), entity, id);
  const lines = explain(evidence);
  if (json) printJson(terminal, { sentences: lines.filter((line) => line !== ''), ...evidence });
  else terminal.out(lines.join('\n'));
}

function entityOf(text: string): Entity {
  const entity = Entity.safeParse(text);
  if (!entity.success) throw usage(`"${text}" is no entity; use ${Entity.options.join(', ')}`);
  return entity.data;
}

async function gather(api: Api, entity: Entity, id: string): Promise<Evidence> {
  const [document, connections, settings, runs] = await Promise.all([
    api.getUnless<DocumentView>(['not_found'], `/api/documents/${entity}/${encodeURIComponent(id)}`),
    api.get<List<ConnectionView>>('/api/connections'),
    api.get<SettingsView>('/api/settings'),
    api.list<RunView>('/api/sync/status', { entity }, 1),
  ]);
  const failures = document ? await failuresOf(api, failureIds(document)) : [];
  const causes = await failuresOf(
    api,
    failures.flatMap(({ causedBy }) => causedBy ?? []),
  );
  return {
    entity,
    id,
    document: document ?? null,
    failures,
    causes,
    connections: connections.items,
    settings,
    lastRun: runs.items[0] ?? null,
  };
}

/** The history names every failure this record ever had. */
function failureIds({ events }: DocumentView): string[] {
  const named = events.filter(({ type }) => type === 'FailureRecorded').map(({ facts }) => facts['failureId']);
  return [...new Set(named.filter((id) => typeof id === 'string'))];
}

async function failuresOf(api: Api, ids: readonly string[]): Promise<FailureView[]> {
  const path = (id: string) => `/api/sync/failures/${encodeURIComponent(id)}`;
  const found = await Promise.all([...new Set(ids)].map((id) => api.getUnless<FailureView>(['not_found'], path(id))));
  const isOpen = ({ state }: FailureView) => state === 'open' || state === 'retrying';
  return found.filter((failure) => failure !== undefined).filter(isOpen);
}
