import { TransientError } from '@tillstream/kernel';
import { type ApiClient, isFinal, type RunView } from '../../src/client/api.js';
import { connect } from '../../src/client/setup.js';
import { comparePlan, type Done, type PlanLine, predictedCalls } from '../../src/plan-check/compare.js';
import { pause } from '../../src/supervised/through-deaths.js';
import { startWorld, type World } from '../../src/world/world.js';
import { change } from './changes.js';
import type { Host } from './host.js';
import type { Entity, WorldCase } from './random-case.js';

export interface WorldResult {
  readonly lines: number;
  readonly writes: number;
  readonly problems: readonly string[];
}

const ENTITIES: readonly Entity[] = ['products', 'customers', 'orders'];
const LOOK_EVERY_MS = 15;
const PATIENCE_MS = 60_000;
/** Real time, generous for a busy machine. */
const READ_MODELS_LAG_MS = 5_000;
const PAGE = 200;

/** One world: history, then for each entity a dry run and the same run for real, compared line by line. */
export async function runWorld(number: number, one: WorldCase, host: Host): Promise<WorldResult> {
  const world = await startWorld({
    clock: host.clock,
    shop: {
      seed: one.seed,
      orders: one.orders,
      planted: one.planted,
      profile: one.profile,
      ...(one.refundsInShop && { refunds: 1 }),
    },
    realmId: realmOf(number),
    company: { limits: { perMinute: null, perSecond: null, inFlight: null } },
  });
  try {
    const api = await host.tenant(tenantOf(number));
    await setUp(api, one, world, host);
    for (const entity of one.before) await finish(api, await start(api, entity, one, false));
    for (const each of one.changes) change(world.woo, world.generated, each, host.clock.now());
    let result: WorldResult = { lines: 0, writes: 0, problems: [] };
    for (const entity of ENTITIES) result = merge(result, await planAndDo(number, api, entity, one, world, host));
    return result;
  } finally {
    await world.close();
  }
}

async function setUp(api: ApiClient, one: WorldCase, world: World, host: Host): Promise<void> {
  const { connections } = world;
  await connect(api, { connections: { ...connections, supabase: host.supabaseBody(one.route) } });
  const settings = await api.expect<Record<string, Record<string, unknown>>>([200], 'GET', '/api/settings');
  const quickbooks = { ...settings['quickbooks'], ...one.settings };
  await api.expect([200], 'PUT', '/api/settings', { ...settings, quickbooks });
}

async function planAndDo(
  number: number,
  api: ApiClient,
  entity: Entity,
  one: WorldCase,
  world: World,
  host: Host,
): Promise<WorldResult> {
  const before = await writesOf(number, world, host);
  const dry = await finish(api, await start(api, entity, one, true));
  const lines = await planOf(api, dry.syncId);
  const afterDry = await writesOf(number, world, host);
  const problems: string[] = [];
  if (afterDry.quickbooks !== before.quickbooks || afterDry.supabase !== before.supabase)
    problems.push(`${entity}: the dry run wrote (${JSON.stringify(before)} -> ${JSON.stringify(afterDry)})`);
  if (dry.status === 'failed') problems.push(`${entity}: the dry run failed`);
  const real = await finish(api, await start(api, entity, one, false));
  const written = (await writesOf(number, world, host)).quickbooks - afterDry.quickbooks;
  const predicted = predictedCalls(lines, 'quickbooks');
  if (written !== predicted) problems.push(`${entity}: ${predicted} calls predicted, ${written} made`);
  const counted = Object.values(dry.counts).join(' ');
  if (counted !== Object.values(real.counts).join(' '))
    problems.push(`${entity}: counts ${JSON.stringify(dry.counts)} planned, ${JSON.stringify(real.counts)} done`);
  for (const { entityId, target, planned, done: was } of await differences(api, entity, lines, real.syncId))
    problems.push(`${entity} ${entityId} in ${target}: planned ${planned}, done ${was}`);
  return { lines: lines.length, writes: written, problems };
}

/** Documents are read models and may come a moment after the end of the run: what differs is looked at again. */
async function differences(api: ApiClient, entity: Entity, lines: readonly PlanLine[], syncId: string) {
  const deadline = performance.now() + READ_MODELS_LAG_MS;
  for (;;) {
    const done = await Promise.all(lines.map((line) => doneOf(api, entity, line, syncId)));
    const found = comparePlan(lines, done);
    if (found.length === 0 || performance.now() > deadline) return found;
    await pause(LOOK_EVERY_MS);
  }
}

/** What the remotes themselves counted. */
async function writesOf(number: number, world: World, host: Host): Promise<{ quickbooks: number; supabase: number }> {
  const { writes } = world.quickbooks.control.ledger(realmOf(number));
  const quickbooks = writes.filter(({ by }) => by === 'api').length;
  return { quickbooks, supabase: await host.rowChanges(tenantOf(number)) };
}

const tenantOf = (number: number): string => `w${number}`;
const realmOf = (number: number): string => String(9_000_000_000 + number);

async function start(api: ApiClient, entity: Entity, { target, mode }: WorldCase, dryRun: boolean): Promise<string> {
  const { syncId } = await api.expect<RunView>([202], 'POST', `/api/sync/${entity}`, { mode, target, dryRun });
  return syncId;
}

async function finish(api: ApiClient, syncId: string): Promise<RunView> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const run = await api.run(syncId);
    if (isFinal(run)) return run;
    if (performance.now() > deadline) throw new TransientError('world_timeout', JSON.stringify(run));
    await pause(LOOK_EVERY_MS);
  }
}

async function planOf(api: ApiClient, syncId: string): Promise<PlanLine[]> {
  const lines: PlanLine[] = [];
  let cursor = '';
  do {
    const query = `limit=${PAGE}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = await api.expect<{ items: PlanLine[]; nextCursor: string | null }>(
      [200],
      'GET',
      `/api/sync/status/${syncId}/plan?${query}`,
    );
    lines.push(...page.items);
    cursor = page.nextCursor ?? '';
  } while (cursor !== '');
  return lines;
}

interface DocumentView {
  readonly targets: Readonly<
    Record<string, { state: string; code: string | null; total: { amountMinor: number } | null }>
  >;
  readonly events: readonly { readonly type: string; readonly facts: Readonly<Record<string, unknown>> }[];
}

async function doneOf(api: ApiClient, entity: Entity, { entityId, target }: PlanLine, syncId: string): Promise<Done> {
  const { status, body } = await api.call<DocumentView>('GET', `/api/documents/${entity}/${entityId}`);
  if (status !== 200) return { entityId, target, outcome: null, state: null, code: null, totalMinor: null };
  const synced = body.events.findLast(
    ({ type, facts }) => type === 'RecordSynced' && facts['target'] === target && facts['syncId'] === syncId,
  );
  const standing = body.targets[target];
  return {
    entityId,
    target,
    outcome: (synced?.facts['outcome'] as string | undefined) ?? null,
    state: standing?.state ?? null,
    code: standing?.code ?? null,
    totalMinor: standing?.total?.amountMinor ?? null,
  };
}

function merge(a: WorldResult, b: WorldResult): WorldResult {
  return { lines: a.lines + b.lines, writes: a.writes + b.writes, problems: [...a.problems, ...b.problems] };
}
