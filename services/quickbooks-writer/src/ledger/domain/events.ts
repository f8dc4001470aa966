import type { DocumentKind, EffectIntendedPayload, FactsOf } from '@tillstream/contracts';
import type { z } from 'zod';

export type Kind = z.infer<typeof DocumentKind>;
export type Operation = FactsOf<'EffectIntended'>['operation'];
/** How a confirmation is known: the reply, a look-up after an unknown outcome, or an existing object that matched. */
export type ConfirmedBy = FactsOf<'EffectConfirmed'>['by'];

/** The facts of the effect ledger (D11). Names and shapes live in contracts: they are public history. */
export type EffectEvent =
  | {
      readonly type: 'EffectIntended';
      readonly facts: FactsOf<'EffectIntended'>;
      readonly payload: EffectIntendedPayload & object;
    }
  | { readonly type: 'EffectConfirmed'; readonly facts: FactsOf<'EffectConfirmed'> }
  | { readonly type: 'EffectRejected'; readonly facts: FactsOf<'EffectRejected'> }
  | { readonly type: 'EffectUnknown'; readonly facts: FactsOf<'EffectUnknown'> }
  | { readonly type: 'EffectProvenAbsent'; readonly facts: FactsOf<'EffectProvenAbsent'> }
  | { readonly type: 'DuplicateDocumentFound'; readonly facts: FactsOf<'DuplicateDocumentFound'> };
