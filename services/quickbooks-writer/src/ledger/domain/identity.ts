import { InvariantError } from '@tillstream/kernel';
import { DocumentKind } from '@tillstream/contracts';
import type { Kind } from './events.js';

/** Who an effect is: one ledger entry per (tenant, realm epoch, kind, source id). */
export interface EffectIdentity {
  readonly tenantId: string;
  readonly realmId: string;
  /** Grows when the identity of the company or of the shop was replaced: id maps and effects start empty. */
  readonly epoch: string;
  readonly kind: Kind;
  readonly sourceId: string;
}

/** `<tenant>:<realm>#<epoch>:<kind>:<sourceId>`: stored state, never changes. */
export function effectId({ tenantId, realmId, epoch, kind, sourceId }: EffectIdentity): string {
  return `${tenantId}:${realmId}#${epoch}:${kind}:${sourceId}`;
}

const EFFECT_ID = /^([^:]+):([^:#]+)#([^:]+):([a-z]+):(.+)$/s;

/** The inverse of `effectId`. Throws `effect_id_invalid` for anything else (a bug). */
export function parseEffectId(id: string): EffectIdentity {
  const [, tenantId = '', realmId = '', epoch = '', kind = '', sourceId = ''] = EFFECT_ID.exec(id) ?? [];
  const known = DocumentKind.safeParse(kind);
  if (!known.success) throw new InvariantError('effect_id_invalid', `"${id}" is not the id of an effect`);
  return { tenantId, realmId, epoch, kind: known.data, sourceId };
}

/** The entity under which an effect of this kind appears in the public history (key of sync.events.v1). */
export function historyEntityOf(kind: Kind): 'orders' | 'customers' | 'products' | 'accounts' {
  switch (kind) {
    case 'invoice':
    case 'payment':
      return 'orders';
    case 'customer':
      return 'customers';
    case 'item':
      return 'products';
    case 'account':
      return 'accounts';
  }
}
