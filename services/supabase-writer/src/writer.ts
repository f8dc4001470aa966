import { reconfiguredTenant, recordKey, type RowsPayload, type SyncEvent, TOPICS } from '@tillstream/contracts';
import { documentsOf } from '@tillstream/document-store';
import {
  type Assignment,
  type LogRecord,
  Ownership,
  type RecordToAppend,
  type Subscription,
} from '@tillstream/event-log';
import { asError } from '@tillstream/kernel';
import {
  consume,
  type ConsumeOptions,
  createAggregateRuntime,
  type DecodedRecord,
  type StateDocument,
} from '@tillstream/processor';
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
  commands: 'supabase-writer-commands',
} as const;
/** One look-up may name that many rows. */
const PLAN_BATCH = 100;

export interface SupabaseWriter {
  /** Consumes; with the partitions it is given it recovers outboxes and reloads work that waits, before the first batch. */
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
  readonly #owned = new Ownership(TOPICS.workSupabase);
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
    const { log, logger, crash } = this.deps;
    this.#unwatch = this.#parts.metrics.watch(() => this.#projects.values());
    const common = { log, logger, crash };
    // What is changed while waiting work is loaded must be heard of, so this comes first; and by every process, because
    // each has projects open.
    const config = await log.tail({ topics: [TOPICS.config.name], onRecord: (record) => this.#configure(record) });
    this.#subscriptions = [config];
    const work = await consume({
      ...common,
      group: GROUPS.work,
      topics: [TOPICS.workSupabase.name],
      maxBatch: this.#parts.options.maxRecords,
      onAssigned: (assignment) => this.#takeOver(assignment),
      handle: (records) => this.#write(records),
    });
    this.#subscriptions = [config, work, ...(await Promise.all(this.#askedOf(common)))];
  }

  /** Commands and questions: any process can serve them. */
  #askedOf(common: Pick<ConsumeOptions, 'log' | 'logger' | 'crash'>): Promise<Subscription>[] {
    return [
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
        group: GROUPS.plan,
        topics: [TOPICS.planSupabase.name],
        maxBatch: PLAN_BATCH,
        handle: (records) => this.#plan(records),
      }),
    ];
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

  /** Work that waits belongs to whoever has its partition; what is not ours any more is forgotten here (not there). */
  async #takeOver(assignment: Assignment): Promise<void> {
    this.#owned.update(assignment);
    for (const project of this.#projects.values()) project.keepWaiting((key) => this.#owned.has(key));
    await this.#parts.works.recover();
    const waiting = documentsOf<StateDocument<WorkState>>(this.deps.store, WORK_COLLECTION, { where: { open: true } });
    for await (const { doc } of waiting) this.#restore(doc.state);
  }

  #configure({ value }: LogRecord): void {
    const tenantId = reconfiguredTenant(value);
    if (tenantId === null) return;
    const affected = [...this.#projects.values()].filter((project) => project.tenantId === tenantId);
    Promise.all(affected.map((project) => project.reload())).catch((thrown: unknown) => {
      const { logger } = this.deps;
      logger.warn({ tenantId, err: asError(thrown) }, 'a changed configuration could not be read yet');
    });
  }

  #restore({ identity, request }: WorkState): void {
    if (!request) return;
    const { tenantId, entity, sourceId } = identity;
    const key = recordKey(tenantId, entity, sourceId);
    if (this.#owned.has(key)) this.#project(tenantId, request.projectId).restore(key, request.sourceVersion);
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
