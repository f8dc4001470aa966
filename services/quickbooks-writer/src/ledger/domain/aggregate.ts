import { publication, recordKey, TOPICS } from '@tillstream/contracts';
import type { Aggregate } from '@tillstream/processor';
import type { EffectCommand } from './commands.js';
import { decideEffect } from './decide.js';
import type { EffectEvent } from './events.js';
import { evolveEffect } from './evolve.js';
import { type EffectIdentity, historyEntityOf, parseEffectId } from './identity.js';
import { type EffectState, initialEffect } from './state.js';

/** Collection name and stored state: renaming is a migration. */
export const LEDGER_COLLECTION = 'quickbooks_ledger';

/** Finds the entry of a document seen in QuickBooks (D14's sweep). */
export function remoteKey(
  { tenantId, realmId, kind }: Pick<EffectIdentity, 'tenantId' | 'realmId' | 'kind'>,
  remoteId: string,
): string {
  return `${tenantId}:${realmId}:${kind}:${remoteId}`;
}

/** The effect ledger as an aggregate: one document per effect, its events are public history (D11). */
export const effectLedger: Aggregate<EffectState, EffectCommand, EffectEvent> = {
  name: LEDGER_COLLECTION,
  initial: (id) => initialEffect(parseEffectId(id)),
  decide: (command, state, { now }) => decideEffect(command, state, now),
  evolve: evolveEffect,
  tenantOf: (id) => parseEffectId(id).tenantId,
  index: ({ identity, remote }) => ({
    tenantId: identity.tenantId,
    remoteKey: remote ? remoteKey(identity, remote.id) : null,
  }),
  publish: (event, id) => {
    const { tenantId, kind, sourceId } = parseEffectId(id);
    return [publication(TOPICS.events.name, event.type, recordKey(tenantId, historyEntityOf(kind), sourceId))];
  },
};
