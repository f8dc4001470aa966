import { isRunFailureCode } from '@tillstream/contracts';
import { PermanentError, TillstreamError, asError } from '@tillstream/kernel';
import type { PageRead, RunInput } from '../domain/run/inputs.js';
import { afterLists, isMissedPosition, readsEverything } from '../domain/run/missed.js';
import { readsFrom } from '../domain/run/snapshot.js';
import type { RunState } from '../domain/run/state.js';
import { loadConfiguration } from './configuration.js';
import type { OrchestratorDeps } from './deps.js';
import { readMissed } from './missed-records.js';
import type { ScanPlan, Source, SourcePage } from './ports.js';
import { distinct, readAcross } from './spanning-reads.js';

export type ScanStep = PageRead | Extract<RunInput, { type: 'ScanFailed' }>;

/**
 * Reads one page of an open run. The source client repeats what is worth repeating for a short while; its transient
 * errors reach the caller, everything else ends the scan.
 */
export class PageReader {
  /** One client per run, so that its calls are the run's. */
  readonly #sources = new Map<string, { readonly source: Source; reported: number }>();

  constructor(private readonly deps: OrchestratorDeps) {}

  /** Throws a transient TillstreamError when the page is worth another attempt later. */
  async read(id: string, state: RunState, signal: AbortSignal): Promise<ScanStep> {
    const { step } = state.scan;
    try {
      const { source } = await this.#sourceOf(id, state);
      const { readBeganAt, records, next, cursor } = await this.#readPage(source, state, signal);
      return { type: 'PageRead', step, readBeganAt, records, next, cursor, remoteCalls: this.#newCalls(id) };
    } catch (thrown) {
      if (signal.aborted || (thrown instanceof TillstreamError && thrown.family === 'transient')) throw thrown;
      return this.failed(id, state, asError(thrown));
    }
  }

  /** After its last page a run looks for what its lists cannot show. */
  async #readPage(source: Source, state: RunState, signal: AbortSignal): Promise<SourcePage> {
    const { position } = state.scan;
    if (isMissedPosition(position)) return readMissed(position, state, { ...this.deps, source }, signal);
    if (state.accepted?.request.entity === null) return readAcross(state.accepted.request, position, source, signal);
    const page = await source.readPage(position, planOf(state), signal);
    return page.next === null ? { ...page, next: afterLists(state) } : page;
  }

  failed(id: string, state: RunState, error: Error): ScanStep {
    const known = error instanceof TillstreamError && isRunFailureCode(error.code);
    const code = known ? error.code : 'internal_error';
    this.deps.logger.warn({ runId: id, code, reason: error.message }, 'the source cannot be read');
    const { step } = state.scan;
    return { type: 'ScanFailed', step, code, message: error.message, remoteCalls: this.#newCalls(id) };
  }

  forget(id: string): void {
    this.#sources.delete(id);
  }

  #newCalls(id: string): number {
    const entry = this.#sources.get(id);
    if (entry === undefined) return 0;
    const fresh = entry.source.calls - entry.reported;
    entry.reported = entry.source.calls;
    return fresh;
  }

  async #sourceOf(id: string, state: RunState) {
    const known = this.#sources.get(id);
    if (known !== undefined) return known;
    const { store, secrets, openSource } = this.deps;
    const { sourceIdentity, openShop } = await loadConfiguration(store, secrets, state.tenantId);
    const shop = sourceIdentity === state.accepted?.sourceIdentity ? openShop() : null;
    if (shop === null) {
      throw new PermanentError('connection_missing', 'the shop of this run is not connected any more');
    }
    const entry = { source: openSource(shop), reported: 0 };
    this.#sources.set(id, entry);
    return entry;
  }
}

function planOf(state: RunState): ScanPlan {
  const { ids, entity, filters } = state.accepted?.request ?? { ids: [], entity: null, filters: {} };
  return {
    entity: entity ?? 'orders',
    ids: wantedIds(state) ?? (ids === null ? null : distinct(ids)),
    modifiedAfter: readsFrom(state),
    filters,
    trash: readsEverything(state),
  };
}

function wantedIds({ accepted }: RunState): readonly string[] | null {
  const refs = accepted?.request.refs ?? null;
  return refs === null ? null : distinct(refs.map((ref) => ref.sourceId));
}
