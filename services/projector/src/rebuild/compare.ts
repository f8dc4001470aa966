import type { RebuildDifference } from '@tillstream/contracts';
import { type DocumentStore, pagesOf, type WriteOperation } from '@tillstream/document-store';
import { firstDifference } from '@tillstream/kernel';
import type { Folded } from '../domain/read-model.js';
import { shadowOf } from './shadows.js';

const PAGE = 500;

export interface Comparison {
  readonly documents: number;
  readonly differences: readonly RebuildDifference[];
  /** What makes the documents in use those of the shadow, each under its expected version. */
  readonly repairs: readonly WriteOperation[];
}

/**
 * Compares a read model with its shadow, document by document. The shadow is folded up to the end of the log, so a
 * document in use that has seen less is only late: it is brought forward, and that is no difference.
 */
export async function compareWithShadow(store: DocumentStore, collection: string): Promise<Comparison> {
  const differences: RebuildDifference[] = [];
  const repairs: WriteOperation[] = [];
  let documents = 0;
  for await (const shadows of pagesOf<Folded>(store, shadowOf(collection), { limit: PAGE })) {
    const ids = shadows.map(({ id }) => id);
    const inUse = await store.getMany<Folded>(collection, ids);
    for (const { id, doc } of shadows) {
      documents += 1;
      const live = inUse.get(id);
      const path = differenceOf(live?.doc, doc);
      if (path === null) continue;
      if (live === undefined || !isLate(live.doc, doc)) differences.push({ collection, id, path });
      repairs.push({ op: 'put', collection, id, doc, expectedVersion: live?.version ?? 0 });
    }
  }
  for await (const inUse of pagesOf<Folded>(store, collection, { limit: PAGE })) {
    const shadows = await store.getMany<Folded>(
      shadowOf(collection),
      inUse.map(({ id }) => id),
    );
    for (const { id, version } of inUse) {
      if (shadows.has(id)) continue;
      differences.push({ collection, id, path: '' });
      repairs.push({ op: 'delete', collection, id, expectedVersion: version });
    }
  }
  return { documents, differences, repairs };
}

function differenceOf(live: Folded | undefined, shadow: Folded): string | null {
  return live === undefined ? '' : firstDifference(live, shadow);
}

/** Has seen less of some producer than the shadow: events came since it was last folded. */
function isLate({ seen }: Partial<Folded>, shadow: Folded): boolean {
  return Object.entries(shadow.seen).some(([producer, seq]) => (seen?.[producer] ?? 0) < seq);
}
