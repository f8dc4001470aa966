import type { EffectEvent } from './domain/index.js';
import type { Ledger } from '../company/company.js';
import type { EffectOutcome } from '../writer-metrics.js';

/** The ledger, telling what it learns of each write; what it already knew is not told again. */
export function measuredLedger(ledger: Ledger, told: (outcome: EffectOutcome) => void): Ledger {
  const tell = (events: readonly EffectEvent[]) => {
    for (const event of events) told(outcomeOf(event));
  };
  return {
    handle: async (inputs) => {
      const results = await ledger.handle(inputs);
      for (const { events } of results) tell(events);
      return results;
    },
    execute: async (id, input) => {
      const result = await ledger.execute(id, input);
      tell(result.events);
      return result;
    },
    state: (id) => ledger.state(id),
    remembered: (id) => ledger.remembered(id),
    forget: () => ledger.forget(),
    recover: () => ledger.recover(),
    settleOutboxes: () => ledger.settleOutboxes(),
  };
}

function outcomeOf(event: EffectEvent): EffectOutcome {
  switch (event.type) {
    case 'EffectIntended':
      return 'intended';
    case 'EffectConfirmed':
      return event.facts.by === 'reply' ? 'confirmed' : 'found';
    case 'EffectRejected':
      return 'refused';
    case 'EffectUnknown':
      return 'unknown';
    case 'EffectProvenAbsent':
      return 'absent';
    case 'DuplicateDocumentFound':
      return 'duplicate';
  }
}
