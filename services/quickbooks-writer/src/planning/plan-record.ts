import type { FactsOf, FieldDiff, WrittenDocument } from '@tillstream/contracts';
import { docNumber, type WireEntity } from '@tillstream/quickbooks';
import { deliverRecord, type SourceRecord } from '../delivery/deliver-record.js';
import type { DeliveryEnv } from '../delivery/delivery-env.js';
import type { DeliveryInput, DeliveryResult } from '../delivery/delivery-result.js';
import { diffOf } from './plan-diff.js';
import { newRefsIn, type PlanSession } from './plan-session.js';
import { isDocument, PlannedCompany, type PlannedEffect, type PlanSource } from './planned-company.js';

export interface RecordPlan
  extends Pick<FactsOf<'PlanAnswered'>, 'action' | 'reason' | 'message' | 'predictedTotal' | 'writes' | 'needs'> {
  readonly diff: readonly FieldDiff[];
}

const ACTION_OF = { created: 'create', updated: 'update', unchanged: 'none', skipped: 'skip' } as const;

/** Names that an attempt at a record would have created before it was held. */
export class HeldPlan {
  constructor(
    readonly thrown: unknown,
    readonly needs: readonly string[],
  ) {}
}

/**
 * What the delivery of one record would do now: the very delivery of a real run, in a company where nothing happens.
 * Throws what it throws (a Hold, a Deferral), wrapped with what would have been created until then.
 */
export async function planRecord(
  source: PlanSource,
  session: PlanSession,
  env: Omit<DeliveryEnv, 'company'>,
  record: SourceRecord,
  input: DeliveryInput,
): Promise<RecordPlan> {
  const company = new PlannedCompany(source, session, env.profile);
  const { directories, skuOwners, profiles } = session;
  const docNumbers = numbersOf(env, session, record);
  try {
    const result = await deliverRecord(
      { ...env, company, directories, skuOwners, profiles, docNumbers },
      record,
      input,
    );
    noteNumber(session, company.effects);
    return planOf(result, company.effects, session, env.profile.homeCurrency);
  } catch (thrown) {
    throw new HeldPlan(thrown, session.needsOf(namesAmong(company.effects)));
  }
}

function planOf(
  { outcome, reason, documents }: DeliveryResult,
  effects: readonly PlannedEffect[],
  session: PlanSession,
  currency: string,
): RecordPlan {
  const own = effects.filter((effect) => isOwn(effect, documents));
  const refs = own.flatMap(({ body }) => newRefsIn(body));
  return {
    action: ACTION_OF[outcome],
    reason: reason?.code ?? null,
    message: reason?.message ?? null,
    predictedTotal: totalOf(documents),
    writes: own.filter(({ identity, operation }) => isDocument(identity) || operation !== 'create').length,
    needs: session.needsOf(
      [...refs, ...namesAmong(effects), ...documents.map(({ remoteId }) => remoteId)].filter(isName),
    ),
    diff: diffOf(own, { names: session.directories.names, currency }),
  };
}

/** A record's own requests; the rest are names it needs. The create of a name is told as a need: records share it. */
function isOwn({ identity, answer }: PlannedEffect, documents: readonly WrittenDocument[]): boolean {
  return isDocument(identity) || documents.some(({ remoteId }) => remoteId === answer.Id);
}

function namesAmong(effects: readonly PlannedEffect[]): string[] {
  return effects.filter(({ identity }) => !isDocument(identity)).map(({ answer }) => answer.Id);
}

function isName(id: string): boolean {
  return !id.startsWith('new:invoice|') && !id.startsWith('new:payment|');
}

function totalOf(documents: readonly WrittenDocument[]): RecordPlan['predictedTotal'] {
  const invoice = documents.find(({ remoteType }) => remoteType === 'Invoice');
  if (!invoice || invoice.totalMinor === null || invoice.currency === null) return null;
  return { amountMinor: invoice.totalMinor, currency: invoice.currency };
}

/** Numbers in use in QuickBooks, and those that earlier records of this dry run would have taken by then. */
function numbersOf(
  { docNumbers }: Pick<DeliveryEnv, 'docNumbers'>,
  { numbered }: PlanSession,
  record: SourceRecord,
): DeliveryEnv['docNumbers'] {
  const ownId = record.entity === 'orders' ? `new:invoice|${record.order.source}:${record.order.id}` : '';
  return {
    holders: async (trail, number) => {
      const planned = numbered.get(number);
      const holders = await docNumbers.holders(trail, number);
      return planned && planned.Id !== ownId ? [...holders, planned] : holders;
    },
    forget: (number) => docNumbers.forget(number),
  };
}

function noteNumber({ numbered }: PlanSession, effects: readonly PlannedEffect[]): void {
  for (const { entity, operation, answer } of effects) {
    const number = answer['DocNumber'];
    if (entity !== 'Invoice' || operation !== 'create' || typeof number !== 'string') continue;
    const kept: WireEntity = { Id: answer.Id, DocNumber: number, PrivateNote: answer['PrivateNote'] };
    numbered.set(number, kept);
  }
}

/** The number an order's invoice would have; null for other records. */
export function numberOf(record: SourceRecord, prefix: string): string | null {
  return record.entity === 'orders' ? docNumber(prefix, record.order.number || record.order.id) : null;
}
