import type { CanonicalOrder } from '@tillstream/contracts';
import { type DeliveryEnv, identityOf } from '../delivery-env.js';
import { type EffectIdentity, type EffectState, effectId } from '../../ledger/domain/index.js';
import { type Desired, desired, possibleDocuments } from './domain/desired.js';
import type { DocumentRef } from './domain/document.js';
import { type Standing, type StandingDocument, standingOf, withEntry } from './domain/standing.js';

/** One order on its way into the books: its company as it was last read, what should exist and what stands. */
export interface Walk {
  readonly env: DeliveryEnv;
  readonly order: CanonicalOrder;
  /** What its documents are numbered by (B8). */
  readonly number: string;
  readonly desired: Desired;
  readonly standing: Standing;
}

/** Reads the order's ledger entries. */
export async function beginWalk(env: DeliveryEnv, order: CanonicalOrder): Promise<Walk> {
  const found: StandingDocument[] = [];
  for (const ref of possibleDocuments(order)) {
    const entry = await entryFor(env, ref);
    if (entry) found.push({ ref, entry });
  }
  const number = await env.numbers.of(order);
  return { env, order, number, desired: desired(order, { ...env, number }), standing: standingOf(found) };
}

/** The walk with a document's entry as it is now. */
export async function withEntryRead(walk: Walk, ref: DocumentRef): Promise<Walk> {
  const entry = await entryFor(walk.env, ref);
  return entry ? { ...walk, standing: withEntry(walk.standing, ref, entry) } : walk;
}

export function entryFor(env: DeliveryEnv, ref: DocumentRef): Promise<EffectState | null> {
  return env.company.ledger.state(effectId(entryIdentity(env, ref)));
}

export function entryIdentity(env: DeliveryEnv, { kind, sourceId }: DocumentRef): EffectIdentity {
  return identityOf(env, kind, sourceId);
}

/** The walk in a company that was read again. */
export function inCompany(walk: Walk, env: DeliveryEnv): Walk {
  return { ...walk, env, desired: desired(walk.order, { ...env, number: walk.number }) };
}
