import { type RowsPayload, type SyncEvent, TOPICS } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import type { RecordToAppend, Subscription } from '@tillstream/event-log';
import { consume, createAggregateRuntime, type DecodedRecord, type StateDocument } from '@tillstream/processor';
import { serveTest, type TestCommand } from './application/commands.js';
import { planRecords } from './application/planner.js';
import { Project } from './application/project.js';
import { loadProjectConfig } from './application/project-config.js';
import { settledRecord, type Work } from './application/results.js';
import { writerMetrics } from './application/writer-metrics.js';
import type { WriterDeps, WriterParts } from './application/writer-parts.js';
import { supabaseWork, WORK_COLLECTION, type WorkState } from './domain/work/index.js';
import { DEFAULT_WRITER_OPTIONS } from './options.js';

/** Consumer groups: stored state, renaming one re-reads everything. */
const GROUPS = {
  work: 'supabase-writer-work',
  plan: 'supabase-writer-plan',
  config: 'supabase-writer-config',
  commands: 'supabase-writer-commands',
} as const;
const PAGE = 500;
/** One look-up may name that many rows. */
const PLAN_BATCH = 100;

export interface SupabaseWriter {
  /** Recovers outboxes, reloads work that waits, then consumes. */
  start(): Promise<void>;
  /** Stops intake, lets calls in flight finish and writes down what is published. */
  stop(): Promise<void>;
  health(): { readonly ok: boolean; readonly reasons: readonly string[] };
  /** Records that wait for their project, over all projects (readiness, tests, benchmarks). */
  openWork(): number;
}

/** The service that says everything said to Supabase: rows in, results back. */
export function createSupabaseWriter(deps: WriterDeps): SupabaseWriter {
  return new Writer(deps);
}

class Writer implements SupabaseWriter {
  readonly #parts: WriterParts;
  readonly #projects = new Map<string, Project>();
  #subscriptions: readonly Subscription[] = [];
  #unwatch = () => {};

  constructor(private readonly deps: WriterDeps) {
    const { store, log, clock, crash, logger, metrics } = deps;
    this.#parts = {
      deps,
      options: { ...DEFAULT_WRITER_OPTIONS, ...deps.options },
      metrics: writerMetrics(metrics),
      works: createAggregateRuntime(supabaseWork, { store, log, clock, crash, logger }),
    };
  }

  async start(): Promise<void> {
    const { log, logger, crash, store } = this.deps;
    await this.#parts.works.recover();
    for await (const { state } of waitingWork(store)) this.#restore(state);
    this.#unwatch = this.#parts.metrics.watch(() => this.#projects.values());
    const common = { log, logger, crash };
    this.#subscriptions = await Promise.all([
      consume({
        ...common,
        group: GROUPS.commands,
        topics: [TOPICS.supabaseCommands.name],
        handle: async (records) => {
          const commands = records
            .map(({ event }) => event)
            .filter((event): event is TestCommand => event.type === 'TestSupabaseConnection');
          await Promise.all(
            commands.map((command) => serveTest(command, () => this.#currentProject(command.tenantId), this.deps)),
          );
        },
      }),
      consume({
        ...common,
        group: GROUPS.config,
        topics: [TOPICS.config.name],
        handle: (records) => this.#configure(records),
      }),
      consume({
        ...common,
        group: GROUPS.plan,
        topics: [TOPICS.planSupabase.name],
        maxBatch: PLAN_BATCH,
        handle: (records) => this.#plan(records),
      }),
      consume({
        ...common,
        group: GROUPS.work,
        topics: [TOPICS.workSupabase.name],
        maxBatch: this.#parts.options.maxRecords,
        handle: (records) => this.#write(records),
      }),
    ]);
  }

  async stop(): Promise<void> {
    this.#unwatch();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
    await Promise.all([...this.#projects.values()].map((project) => project.stop()));
    await this.#parts.works.settleOutboxes();
  }

  health(): { ok: boolean; reasons: string[] } {
    const reasons = this.#subscriptions.flatMap(({ lastError }) =>
      lastError ? [`supabase-writer: ${lastError.message}`] : [],
    );
    return { ok: reasons.length === 0, reasons };
  }

  openWork(): number {
    let open = 0;
    for (const project of this.#projects.values()) open += project.waiting;
    return open;
  }

  /**
   * Nothing is stored on the way of work that can be written now: the function repeats its first answer, and a result has
   * the same id however often it is appended, so a crash anywhere before the commit only repeats (I2).
   */
  async #write(records: readonly DecodedRecord[]): Promise<void> {
    const works = records.flatMap(({ event }) => workOf(event) ?? []);
    const byProject = Map.groupBy(works, ({ tenantId, request }) => this.#project(tenantId, request.projectId));
    const results = await Promise.all(
      [...byProject].map(async ([project, own]) => {
        const settled = await project.deliver(own);
        const now = this.deps.clock.now();
        return [...settled].map(([work, settlement]): RecordToAppend => settledRecord(work, settlement, now));
      }),
    );
    const answers = results.flat();
    if (answers.length > 0) await this.deps.log.append(answers);
  }

  async #plan(records: readonly DecodedRecord[]): Promise<void> {
    const questions = records.flatMap(({ event }) => (event.type === 'PlanRequested' ? [event] : []));
    const byProject = Map.groupBy(questions, ({ tenantId, facts }) => this.#project(tenantId, facts.remoteName));
    const answers = await Promise.all(
      [...byProject].map(([project, own]) => planRecords(own, project, this.deps.clock.now())),
    );
    await this.deps.log.append(answers.flat());
  }

  async #configure(records: readonly DecodedRecord[]): Promise<void> {
    const tenants = new Set<string>();
    for (const { event } of records) {
      if (event.type === 'ConnectionChanged' || event.type === 'SettingsChanged') tenants.add(event.tenantId);
    }
    const affected = [...this.#projects.values()].filter(({ tenantId }) => tenants.has(tenantId));
    await Promise.all(affected.map((project) => project.reload()));
  }

  #restore({ identity, request }: WorkState): void {
    if (!request) return;
    const { tenantId, entity, sourceId } = identity;
    this.#project(tenantId, request.projectId).restore(`${tenantId}:${entity}:${sourceId}`, request.sourceVersion);
  }

  #project(tenantId: string, projectId: string): Project {
    const key = `${tenantId}|${projectId}`;
    const known = this.#projects.get(key);
    if (known) return known;
    const project = new Project(tenantId, projectId, this.#parts);
    this.#projects.set(key, project);
    return project;
  }

  async #currentProject(tenantId: string): Promise<Project | null> {
    const config = await loadProjectConfig(this.#parts, tenantId);
    if (!config) return null;
    const project = this.#project(tenantId, config.connection.identity);
    // The test asks about what is configured now; the event may still be on its way.
    await project.refresh(config);
    return project;
  }
}

function workOf(event: SyncEvent): Work | null {
  if (event.type !== 'RowsRequested') return null;
  const payload = (event.payload ?? { raw: null }) as unknown as RowsPayload;
  return { tenantId: event.tenantId, request: event.facts, payload };
}

async function* waitingWork(store: DocumentStore): AsyncGenerator<StateDocument<WorkState>> {
  let cursor: string | null = null;
  do {
    const page: { items: readonly { doc: StateDocument<WorkState> }[]; nextCursor: string | null } = await store.find<
      StateDocument<WorkState>
    >(WORK_COLLECTION, { where: { open: true }, limit: PAGE, ...(cursor === null ? {} : { cursor }) });
    for (const { doc } of page.items) yield doc;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
