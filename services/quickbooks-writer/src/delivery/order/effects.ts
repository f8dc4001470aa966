import { bodyText, ownershipMarker, type WireEntity } from '@tillstream/quickbooks';
import { requestIdsOf } from '../delivery-env.js';
import type { Effect } from '../../ledger/perform-effect.js';
import { type EffectState, effectId } from '../../ledger/domain/index.js';
import { type DocumentRef, ENTITY_OF } from './domain/document.js';
import type { Write } from './domain/step.js';
import { changedBy, createdBy, remoteDocumentOf, reportDuplicates } from './look-up.js';
import { entryIdentity, type Walk } from './walk.js';

/** How to find out what became of a document, whatever operation is unresolved (D13). */
export function lookupOf(walk: Walk, ref: DocumentRef): Pick<Effect, 'identity' | 'find' | 'remoteOf'> {
  const { env, order } = walk;
  return {
    identity: entryIdentity(env, ref),
    find: (entry) => findWritten(walk, ref, entry),
    remoteOf: remoteDocumentOf(order.currency),
  };
}

/** A write as the ledger takes it. A change keeps the hash of what the document was first made from. */
export function effectOf(walk: Walk, write: Write): Effect {
  const { document, step: operation, body } = write;
  return {
    ...lookupOf(walk, document),
    entity: ENTITY_OF[document.kind],
    operation,
    body: bodyText(body),
    predictedTotalMinor: document.predicted.totalMinor,
    sourceHash: operation === 'create' ? document.sourceHash : null,
    recreate: operation === 'create' && write.recreate,
    requestIdOf: requestIdsOf(walk.env, entryIdentity(walk.env, document)),
  };
}

async function findWritten({ env, order }: Walk, ref: DocumentRef, entry: EffectState): Promise<WireEntity | null> {
  const { operation, remote } = entry;
  if (operation !== 'create' && remote) return changedBy(env, ref, entry, { id: remote.id, currency: order.currency });
  const marker = ownershipMarker(ref.kind, env.sourceIdentity, ref.sourceId);
  const found = (await createdBy(env, ref, marker, entry)).filter(({ Id }) => Id !== remote?.id);
  const ids = found.map(({ Id }) => Id);
  if (ids.length > 1) await reportDuplicates(env, effectId(entry.identity), ids);
  return found[0] ?? null;
}
