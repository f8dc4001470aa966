import { asError, type Clock, type Ids, TillstreamError } from '@tillstream/kernel';
import {
  type AppliedRecord,
  type BatchItem,
  isStorable,
  mergeApplied,
  type MirroredRecord,
  type SchemaPlace,
  SupabaseFailure,
  type SupabaseRoute,
  type TableRecord,
  tableRecords,
} from '@tillstream/supabase';
import type { WriterOptions } from '../options.js';
import { rejected, type Settlement, settlementOf, type Work } from './results.js';

export interface ApplyParts {
  readonly route: SupabaseRoute;
  readonly place: SchemaPlace;
  readonly options: WriterOptions;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How many records one call may have just now; shared by all calls to a project. */
  readonly size: BatchSize;
}

/** Halved when a statement took too long, then growing slowly. */
export class BatchSize {
  #now: number;

  constructor(private readonly most: number) {
    this.#now = most;
  }

  get now(): number {
    return this.#now;
  }

  halve(tried: number): void {
    this.#now = Math.max(1, Math.min(this.#now, Math.floor(tried / 2)));
  }

  grow(): void {
    this.#now = Math.min(this.most, this.#now + Math.max(1, Math.ceil(this.#now / 20)));
  }
}

export interface Applied {
  readonly settled: ReadonlyMap<Work, Settlement>;
  /** Why the rest was not written; null when all is settled. */
  readonly failure: SupabaseFailure | null;
}

interface Prepared {
  readonly work: Work;
  readonly rows: readonly TableRecord[];
  readonly json: readonly string[];
  readonly bytes: number;
}

/** Brings works to the project in key order, in as many calls as it takes; each is settled, or waits for the reason. */
export async function applyWorks(works: readonly Work[], parts: ApplyParts): Promise<Applied> {
  const settled = new Map<Work, Settlement>();
  const open: Prepared[] = [];
  for (const work of works) {
    const prepared = prepare(work);
    if (prepared.json.every(isStorable)) open.push(prepared);
    else settled.set(work, rejected('a text has a zero character or half a character', null, 0));
  }
  open.sort((a, b) => (a.work.request.sourceId < b.work.request.sourceId ? -1 : 1));
  const queue = [open];
  for (let slice = queue.pop(); slice !== undefined; slice = queue.pop()) {
    const fitting = fit(slice, parts);
    if (fitting.length < slice.length) queue.push(slice.slice(fitting.length));
    if (fitting.length === 0) continue;
    try {
      const applied = mergeApplied(await applyOnce(fitting, parts));
      fitting.forEach((each, index) => settled.set(each.work, settle(each, applied.get(index), index, parts)));
      parts.size.grow();
    } catch (thrown) {
      const failure = asFailure(thrown);
      const splits = failure.kind === 'smaller' || failure.kind === 'rejected';
      if (!splits) return { settled, failure };
      if (failure.kind === 'smaller') parts.size.halve(fitting.length);
      const [only] = fitting;
      if (fitting.length > 1) {
        const middle = Math.ceil(fitting.length / 2);
        queue.push(fitting.slice(middle), fitting.slice(0, middle));
      } else if (only && failure.kind === 'rejected')
        settled.set(only.work, rejected(failure.message, failure.remote, 1));
      else return { settled, failure };
    }
  }
  return { settled, failure: null };
}

export function mirrored({ tenantId, request, payload }: Work): MirroredRecord {
  const { entity, sourceId, sourceVersion, contentHash, deleted } = request;
  return {
    tenantId,
    entity,
    sourceId,
    sourceVersion,
    contentHash,
    deleted,
    raw: payload.raw,
    related: payload.related,
  };
}

function prepare(work: Work): Prepared {
  const rows = tableRecords(mirrored(work));
  const json = rows.map(({ record }) => JSON.stringify(record));
  return { work, rows, json, bytes: json.reduce((sum, each) => sum + each.length, 0) };
}

function fit(slice: readonly Prepared[], { size, options }: ApplyParts): Prepared[] {
  let bytes = 0;
  let count = 0;
  for (const each of slice) {
    bytes += each.bytes;
    if (count > 0 && (count >= size.now || bytes > options.maxBytes)) break;
    count += 1;
  }
  return slice.slice(0, count);
}

async function applyOnce(slice: readonly Prepared[], parts: ApplyParts): Promise<readonly AppliedRecord[]> {
  const items = slice.flatMap(({ rows, json }, index) =>
    rows.map(({ table }, position): BatchItem => ({ table, index, json: json[position] ?? '{}' })),
  );
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await parts.route.apply(items);
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (failure.kind !== 'again' || attempt >= parts.options.conflictAttempts) throw failure;
      // The other session needs a moment; a different one for each, or they meet again.
      await parts.clock.sleep(parts.ids.random() * 20 * attempt);
    }
  }
}

function settle({ work, rows }: Prepared, applied: AppliedRecord | undefined, index: number, { place }: ApplyParts) {
  const { sourceVersion } = work.request;
  // One call for many records: counted once, at the first of them.
  const remoteCalls = index === 0 ? 1 : 0;
  const answer = applied ?? { index, outcome: 'failed' as const, message: 'Supabase did not say what became of it' };
  return settlementOf(answer, rows, { place, sourceVersion, remoteCalls });
}

/** What is thrown before a call (an unusable URL, a secret of another key) is put right by a person, not by time. */
export function asFailure(thrown: unknown): SupabaseFailure {
  if (thrown instanceof SupabaseFailure) return thrown;
  const message = asError(thrown).message;
  if (thrown instanceof TillstreamError && thrown.family === 'permanent') {
    return new SupabaseFailure({ kind: 'held', problem: 'supabase_access_denied' }, message, null);
  }
  return new SupabaseFailure({ kind: 'later', problem: 'supabase_unavailable' }, message, null);
}
