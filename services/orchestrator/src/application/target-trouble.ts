import type { SyncEvent, Target } from '@tillstream/contracts';

type Result = Extract<SyncEvent, { type: 'WorkSettled' | 'WorkDeferred' }>;

/**
 * Which targets a tenant's runs need not wait for: those whose latest result was a deferral. In memory only: after a start
 * a target counts as well until its next result.
 */
export class TargetTrouble {
  readonly #troubled = new Set<string>();

  note({ type, tenantId, facts }: Result): void {
    const key = keyOf(tenantId, facts.target);
    if (type === 'WorkDeferred') this.#troubled.add(key);
    else this.#troubled.delete(key);
  }

  isIn(tenantId: string, target: Target): boolean {
    return this.#troubled.has(keyOf(tenantId, target));
  }
}

const keyOf = (tenantId: string, target: Target): string => `${tenantId}:${target}`;
