import { docNumber } from '@tillstream/quickbooks';
import { deliverRecord, type SourceRecord } from '../delivery/deliver-record.js';
import type { DeliveryEnv } from '../delivery/delivery-env.js';
import type { DeliveryInput } from '../delivery/delivery-result.js';
import { nameDiff } from './plan-diff.js';
import { planOfOrder } from './plan-order.js';
import type { PlanSession } from './plan-session.js';
import { PlannedCompany, type PlannedEffect, type PlanSource } from './planned-company.js';
import { ACTION_OF, HeldPlan, type RecordPlan } from './record-plan.js';

/**
 * What the delivery of one record would do now, by the rules of a real run, in a company where nothing happens. Throws
 * what that throws (a Hold, a Deferral), wrapped with what would have been done until then.
 */
export async function planRecord(
  source: PlanSource,
  session: PlanSession,
  env: Omit<DeliveryEnv, 'company'>,
  record: SourceRecord,
  input: DeliveryInput,
): Promise<RecordPlan> {
  const company = new PlannedCompany(source, session);
  const { directories, skuOwners, profiles } = session;
  const planned = { ...env, company, directories, skuOwners, profiles };
  const created = () => company.effects.map(({ answer }) => answer.Id);
  try {
    if (record.entity !== 'orders') return await planOfName(planned, session, company.effects, record, input);
    return await planOfOrder(planned, session, created, record.order, input);
  } catch (thrown) {
    throw thrown instanceof HeldPlan ? thrown : new HeldPlan(thrown, 0, session.needsOf(created()));
  }
}

async function planOfName(
  env: DeliveryEnv,
  session: PlanSession,
  effects: readonly PlannedEffect[],
  record: SourceRecord,
  input: DeliveryInput,
): Promise<RecordPlan> {
  const { outcome, reason, documents } = await deliverRecord(env, record, input);
  const own = effects.filter(({ answer }) => documents.some(({ remoteId }) => remoteId === answer.Id));
  const ids = [...effects.map(({ answer }) => answer.Id), ...documents.map(({ remoteId }) => remoteId)];
  return {
    action: ACTION_OF[outcome],
    reason: reason?.code ?? null,
    message: reason?.message ?? null,
    predictedTotal: null,
    // The create of a name is told as a need: records share it.
    writes: own.filter(({ operation }) => operation !== 'create').length,
    needs: session.needsOf(ids),
    diff: own.flatMap(nameDiff),
  };
}

/** The number an order's invoice would have; null for other records. */
export function numberOf(record: SourceRecord, prefix: string): string | null {
  return record.entity === 'orders' ? docNumber(prefix, record.order.number || record.order.id) : null;
}
