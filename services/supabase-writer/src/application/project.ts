import type { Problem } from '@tillstream/contracts';
import { asError } from '@tillstream/kernel';
import { SCHEMA_VERSION, SupabaseFailure, type SupabaseRoute } from '@tillstream/supabase';
import { type WorkCommand, workId } from '../domain/work/index.js';
import { applyWorks, asFailure, BatchSize } from './apply-works.js';
import { loadProjectConfig, openRoute, type ProjectConfig } from './project-config.js';
import { ProjectStatus } from './project-status.js';
import { problemOf, problemOfFailure, type Settlement, SUPERSEDED, type Work } from './results.js';
import { type Trouble, troubleAfter } from './trouble.js';
import type { WriterParts } from './writer-parts.js';

interface Opened {
  readonly config: ProjectConfig;
  readonly route: SupabaseRoute;
}
interface Waiting {
  readonly version: number;
  /** Its last result told runs not to wait. */
  readonly far: boolean;
}

/**
 * One project of one tenant. Work is written at once while the project is well; in trouble it waits in `supabase_work`
 * and one timer tries again, so that neither its partition nor another project waits for it.
 */
export class Project {
  readonly status: ProjectStatus;
  readonly #size: BatchSize;
  readonly #waiting = new Map<string, Waiting>();
  #opened: Promise<Opened> | null = null;
  /** As long as nothing was to be written. */
  #reading: Promise<Opened> | null = null;
  #trouble: Trouble | null = null;
  #attempt = 0;
  #cancelTimer: () => void = () => {};
  #retrying: Promise<void> | null = null;
  #stopped = false;

  constructor(
    readonly tenantId: string,
    readonly projectId: string,
    private readonly parts: WriterParts,
  ) {
    this.status = new ProjectStatus(tenantId, projectId, parts.deps);
    this.#size = new BatchSize(parts.options.maxRecords);
  }

  /** Records that wait for it. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get isInTrouble(): boolean {
    return this.#trouble !== null;
  }

  /** Results of what is final now; everything else waits, durably and reported as deferred. */
  async deliver(works: readonly Work[]): Promise<ReadonlyMap<Work, Settlement>> {
    const settled = new Map<Work, Settlement>();
    const direct: Work[] = [];
    const spooled: Work[] = [];
    for (const work of latest(works, settled)) {
      const ahead = this.#waiting.get(idOf(work));
      if (ahead && ahead.version > work.request.sourceVersion) settled.set(work, SUPERSEDED);
      else if (ahead || this.#trouble) spooled.push(work);
      else direct.push(work);
    }
    const rest = await this.#write(direct, settled);
    await this.#spool([...spooled, ...rest]);
    this.#count(settled);
    return settled;
  }

  /** Work that waited when its owner before ended. */
  restore(id: string, version: number): void {
    const known = this.#waiting.get(id);
    if (known && known.version >= version) return;
    this.#waiting.set(id, { version, far: false });
    // What the trouble was is found out by trying.
    this.#trouble ??= troubleAfter(problemOf('supabase_unavailable', null, null), 1, this.#now(), this.parts.options);
    this.#tryNow();
  }

  /** Other processes write what is not `isOurs` any more. */
  keepWaiting(isOurs: (id: string) => boolean): void {
    for (const id of this.#waiting.keys()) if (!isOurs(id)) this.#waiting.delete(id);
  }

  /** Connection or settings changed: what waited is tried with what is true now. */
  async reload(): Promise<void> {
    await this.#closeRoute();
    if (this.#waiting.size > 0) this.#tryNow();
    else this.#trouble = null;
  }

  /** As `reload`, when what is open was made from another connection document or prefix than this one. */
  async refresh({ connection, place }: ProjectConfig): Promise<void> {
    const open = await (this.#opened ?? this.#reading)?.catch(() => null);
    if (!open) return;
    const { config } = open;
    if (config.connection.updatedAt !== connection.updatedAt || config.place.prefix !== place.prefix)
      await this.reload();
  }

  /** Route and configuration, with tables and functions brought up to date where the route can. @throws SupabaseFailure */
  async ready(): Promise<Opened> {
    this.#opened ??= this.#open();
    try {
      return await this.#opened;
    } catch (thrown) {
      this.#opened = null;
      throw thrown;
    }
  }

  /** Route and configuration for reading: nothing is created. @throws SupabaseFailure */
  async peek(): Promise<Opened> {
    if (this.#opened) return this.ready();
    this.#reading ??= this.#connect();
    try {
      return await this.#reading;
    } catch (thrown) {
      this.#reading = null;
      throw thrown;
    }
  }

  /** Would a real run create missing tables by itself? */
  async canInstall(): Promise<boolean> {
    try {
      return (await this.peek()).route.install !== null;
    } catch {
      return false;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#retrying;
    await this.#closeRoute();
  }

  async #open(): Promise<Opened> {
    const opened = await this.#connect();
    try {
      await prepareSchema(opened.route);
      return opened;
    } catch (thrown) {
      await opened.route.close();
      throw thrown;
    }
  }

  async #connect(): Promise<Opened> {
    const config = await loadProjectConfig(this.parts, this.tenantId);
    if (!config) throw missing('There is no Supabase connection.');
    if (config.connection.identity !== this.projectId) throw missing('Another project is connected now.');
    return { config, route: this.parts.metrics.measured(openRoute(this.parts, config)) };
  }

  async #closeRoute(): Promise<void> {
    const open = [this.#reading, this.#opened];
    this.#reading = null;
    this.#opened = null;
    for (const each of open) {
      const known = await each?.catch(() => null);
      await known?.route.close();
    }
  }

  /** Returns what could not be written. */
  async #write(works: readonly Work[], settled: Map<Work, Settlement>): Promise<readonly Work[]> {
    if (works.length === 0) return [];
    try {
      const { config, route } = await this.ready();
      const { clock, ids } = this.parts.deps;
      const { options } = this.parts;
      const applied = await applyWorks(works, { route, place: config.place, options, clock, ids, size: this.#size });
      for (const [work, settlement] of applied.settled) settled.set(work, settlement);
      if (applied.failure) throw applied.failure;
      await this.#recovered();
      return [];
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (failure.problem === 'connection_missing' && (await this.#isReplaced())) {
        for (const work of works) settled.set(work, SUPERSEDED);
        this.#trouble = null;
        return [];
      }
      await this.#failed(failure);
      return works.filter((work) => !settled.has(work));
    }
  }

  /** Another project took its place, with a state of its own: nobody will connect this one again for this work. */
  async #isReplaced(): Promise<boolean> {
    const config = await loadProjectConfig(this.parts, this.tenantId);
    return config !== null && config.connection.identity !== this.projectId;
  }

  async #recovered(): Promise<void> {
    this.#attempt = 0;
    this.#trouble = null;
    await this.status.report('connected', null);
  }

  async #failed(failure: SupabaseFailure): Promise<void> {
    const { logger } = this.parts.deps;
    const problem = problemOfFailure(failure);
    // Calls that were under way when the first one failed are no attempts of their own.
    if (!this.#trouble || this.#trouble.tryAtMs <= this.#now()) {
      this.#attempt += 1;
      this.#trouble = troubleAfter(problem, this.#attempt, this.#now(), this.parts.options);
    }
    this.#schedule(this.#trouble.tryAtMs - this.#now());
    logger.warn(
      { projectId: this.projectId, tenantId: this.tenantId, code: problem.code, attempt: this.#attempt },
      'project in trouble',
    );
    if (failure.kind === 'held') await this.#closeRoute();
    await this.status.report('error', problem.message);
  }

  async #spool(works: readonly Work[]): Promise<void> {
    if (works.length === 0) return;
    const defer = this.#deferral();
    await this.parts.works.handle(
      works.flatMap((work) => {
        const { request, payload } = work;
        const id = idOf(work);
        return [
          { id, input: { type: 'Accept' as const, request, payload } },
          { id, input: defer },
        ];
      }),
    );
    const far = this.#trouble?.far ?? false;
    for (const work of works) this.#waiting.set(idOf(work), { version: work.request.sourceVersion, far });
    for (const _work of works) this.parts.metrics.settled('deferred');
    if (!this.#trouble) this.#schedule(0);
  }

  #count(settled: ReadonlyMap<Work, Settlement>): void {
    for (const { outcome } of settled.values()) this.parts.metrics.settled(outcome);
  }

  #deferral(generation: number | null = null, remoteCalls = 0): WorkCommand {
    const problem: Problem = this.#trouble?.problem ?? problemOf('supabase_unavailable', null, null);
    const nextAttemptAtMs = this.#trouble ? this.#trouble.nextAttemptAtMs : this.#now();
    return { type: 'Defer', generation, problem, nextAttemptAtMs, remoteCalls };
  }

  /** What comes of it counts as an attempt. */
  #tryNow(): void {
    if (this.#trouble) this.#trouble = { ...this.#trouble, tryAtMs: this.#now() };
    this.#schedule(0);
  }

  #schedule(inMs: number): void {
    this.#cancelTimer();
    if (this.#stopped) return;
    this.#cancelTimer = this.parts.deps.clock.setTimer(Math.max(0, inMs), () => {
      this.#retrying ??= this.#retry().finally(() => {
        this.#retrying = null;
        this.#goOn();
      });
    });
  }

  /** A timer that fell due while an attempt ran was for nothing: what is still open gets another one. */
  #goOn(): void {
    if (this.#trouble) this.#schedule(this.#trouble.tryAtMs - this.#now());
    else if (this.#waiting.size > 0) this.#schedule(0);
  }

  async #retry(): Promise<void> {
    try {
      for (let more = true; more && this.#waiting.size > 0 && !this.#stopped; ) more = await this.#retryPage();
      if (this.#waiting.size === 0 && this.#trouble) await this.#probe();
    } catch (thrown) {
      const { logger } = this.parts.deps;
      logger.error({ projectId: this.projectId, err: asError(thrown) }, 'waiting work could not be tried');
      // Our own storage or log failed: the pace of an outage, so that it is not asked without end.
      this.#attempt += 1;
      this.#trouble = troubleAfter(
        problemOf('internal_error', null, null),
        this.#attempt,
        this.#now(),
        this.parts.options,
      );
    }
  }

  /** Nothing waits, but the project was in trouble: is it well again? */
  async #probe(): Promise<void> {
    try {
      await this.ready();
      await this.#recovered();
    } catch (thrown) {
      await this.#failed(asFailure(thrown));
    }
  }

  /** The next calls' worth of waiting work. False when the project is still in trouble. */
  async #retryPage(): Promise<boolean> {
    const { works } = this.parts;
    const page = [...this.#waiting.keys()].slice(0, this.parts.options.maxRecords);
    const tried: { id: string; generation: number; work: Work }[] = [];
    for (const id of page) {
      const state = await works.state(id);
      // A record that another project of the tenant wants now is that project's business.
      if (state?.status === 'waiting' && state.payload && state.request?.projectId === this.projectId) {
        const { request, payload, generation } = state;
        tried.push({ id, generation, work: { tenantId: this.tenantId, request, payload } });
      } else this.#waiting.delete(id);
    }
    const settled = new Map<Work, Settlement>();
    const rest = await this.#write(
      tried.map(({ work }) => work),
      settled,
    );
    await works.handle(
      tried.map(({ id, generation, work }) => {
        const settlement = settled.get(work);
        return {
          id,
          input: settlement ? { type: 'Settle' as const, generation, ...settlement } : this.#deferral(generation, 1),
        };
      }),
    );
    this.#count(settled);
    for (const { id, work } of tried) {
      const known = this.#waiting.get(id);
      // A newer request that came meanwhile still waits.
      if (settled.has(work) && known?.version === work.request.sourceVersion) this.#waiting.delete(id);
    }
    if (rest.length === 0) return true;
    await this.#tellTheRest(new Set(rest.map(idOf)));
    return false;
  }

  /** Once it takes longer than a run waits, the runs of all waiting records are told, not only of those just tried. */
  async #tellTheRest(told: ReadonlySet<string>): Promise<void> {
    if (!this.#trouble?.far) return;
    const { maxRecords } = this.parts.options;
    const ids = [...this.#waiting].filter(([, { far }]) => !far).map(([id]) => id);
    for (let from = 0; from < ids.length; from += maxRecords) {
      const page = ids.slice(from, from + maxRecords);
      const untold = page.filter((id) => !told.has(id));
      await this.parts.works.handle(untold.map((id) => ({ id, input: this.#deferral() })));
      for (const id of page) {
        const known = this.#waiting.get(id);
        if (known) this.#waiting.set(id, { ...known, far: true });
      }
    }
  }

  #now(): number {
    return this.parts.deps.clock.now();
  }
}

const idOf = ({ tenantId, request: { entity, sourceId } }: Work): string => workId({ tenantId, entity, sourceId });

/** The newest request of each record; older ones of the same batch are overtaken. */
function latest(works: readonly Work[], settled: Map<Work, Settlement>): readonly Work[] {
  const newest = new Map<string, Work>();
  for (const work of works) {
    const id = idOf(work);
    const known = newest.get(id);
    if (known && known.request.sourceVersion > work.request.sourceVersion) {
      settled.set(work, SUPERSEDED);
      continue;
    }
    if (known && known.request.sourceVersion < work.request.sourceVersion) settled.set(known, SUPERSEDED);
    newest.set(id, work);
  }
  return [...newest.values()];
}

function missing(message: string): SupabaseFailure {
  return new SupabaseFailure({ kind: 'held', problem: 'connection_missing' }, message, null);
}

/** Creates or updates tables where the route can; else says what to do. */
async function prepareSchema(route: SupabaseRoute): Promise<void> {
  const version = await schemaVersion(route);
  if (version >= SCHEMA_VERSION) return;
  if (route.install) return route.install();
  throw new SupabaseFailure(
    { kind: 'held', problem: 'supabase_schema_missing' },
    `tables and functions have version ${version}, ${SCHEMA_VERSION} is needed`,
    null,
  );
}

/** 0 = nothing there, as far as the route could tell and could change it. */
async function schemaVersion(route: SupabaseRoute): Promise<number> {
  try {
    return (await route.check()).version ?? 0;
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.problem === 'supabase_schema_missing' && route.install) return 0;
    throw failure;
  }
}
