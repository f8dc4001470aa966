import type { Target } from '@tillstream/contracts';
import { pagesOf } from '@tillstream/document-store';
import { record } from '../domain/record/aggregate.js';
import { loadConfiguration } from './configuration.js';
import type { OrchestratorDeps, Runtimes } from './deps.js';

/** Records looked at again in one go. */
const RECHECK_PAGE = 200;

interface Change {
  /** Microseconds. */
  readonly changedAt: number;
  /** Only in this target; absent = in all. */
  readonly target?: Target;
}

/** Looks again at the records that `where` finds (fields of the record index). */
export async function recheckWhere(
  where: { readonly tenantId: string } & Readonly<Record<string, string | boolean>>,
  change: Change,
  { store, secrets }: Pick<OrchestratorDeps, 'store' | 'secrets'>,
  { record: records }: Pick<Runtimes, 'record'>,
): Promise<void> {
  let targetIdentities: Readonly<Partial<Record<Target, string>>> | undefined;
  for await (const page of pagesOf(store, record.name, { where, limit: RECHECK_PAGE })) {
    targetIdentities ??= (await loadConfiguration(store, secrets, where.tenantId)).targetIdentities;
    const input = { type: 'Recheck', targetIdentities, ...change } as const;
    await records.handle(page.map(({ id }) => ({ id, input })));
  }
}
