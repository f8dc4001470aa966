import type { Target } from '@tillstream/contracts';
import type { FindResult } from '@tillstream/document-store';
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
  let cursor: string | undefined;
  do {
    const page: FindResult<object> = await store.find(record.name, {
      where,
      limit: RECHECK_PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (page.items.length === 0) return;
    targetIdentities ??= (await loadConfiguration(store, secrets, where.tenantId)).targetIdentities;
    const input = { type: 'Recheck', targetIdentities, ...change } as const;
    await records.handle(page.items.map(({ id }) => ({ id, input })));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
