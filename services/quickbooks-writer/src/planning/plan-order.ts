import type { CanonicalOrder } from '@tillstream/contracts';
import { sourceOf, textAt } from '@tillstream/quickbooks';
import { ended, intentOf } from '../delivery/order/deliver-order.js';
import { outcomeOf } from '../delivery/order/domain/outcome.js';
import { entryOf } from '../delivery/order/domain/standing.js';
import { isWrite, type Write } from '../delivery/order/domain/step.js';
import { foresee } from '../delivery/order/foresee.js';
import { beginWalk } from '../delivery/order/walk.js';
import type { DeliveryEnv } from '../delivery/delivery-env.js';
import { numberOf, otherNumber } from '../knowledge/number-claims.js';
import type { DeliveryInput } from '../delivery/delivery-result.js';
import { documentDiff } from './plan-diff.js';
import { newId, newRefsIn, type PlanSession } from './plan-session.js';
import { ACTION_OF, HeldPlan, type RecordPlan } from './record-plan.js';

/**
 * What the delivery of an order would do: the steps a real run would walk, not walked. `created` are the ids of names
 * that were brought about on the way. Throws a HeldPlan, or the trouble of a read.
 */
export async function planOfOrder(
  env: DeliveryEnv,
  session: PlanSession,
  created: () => readonly string[],
  order: CanonicalOrder,
  input: DeliveryInput,
): Promise<RecordPlan> {
  const own = newId({ kind: 'invoice', sourceId: sourceOf(order) });
  const docNumbers = numbersBy(env, session, own);
  const begun = await beginWalk({ ...env, docNumbers, numbers: claimedBy(env, session) }, order);
  const { walk, steps } = await foresee(begun, intentOf(input));
  const writes = steps.filter(isWrite);
  const needs = session.needsOf([...created(), ...writes.flatMap(({ body }) => newRefsIn(body))]);
  const plan = { writes: writes.length, needs, predictedTotal: null, diff: [] };
  const end = steps.find((step) => !isWrite(step));
  if (end) {
    try {
      const { reason } = ended(env, end);
      return { ...plan, action: 'skip', reason: reason?.code ?? null, message: reason?.message ?? null };
    } catch (thrown) {
      throw new HeldPlan(thrown, writes.length, needs);
    }
  }
  noteNumber(session, own, writes);
  return {
    ...plan,
    action: ACTION_OF[outcomeOf(walk.standing, writes, input.reportedDocuments)],
    reason: null,
    message: null,
    predictedTotal: { amountMinor: order.totalMinor, currency: order.currency },
    diff: writes.flatMap((write) =>
      documentDiff(write, entryOf(walk.standing, write.document)?.remote ?? null, session.directories.names),
    ),
  };
}

/** Whose number it is, or would be by then: the first of this dry run, as in a real one. Claims nothing. */
function claimedBy({ numbers }: Pick<DeliveryEnv, 'numbers'>, { numberOwners }: PlanSession): DeliveryEnv['numbers'] {
  const ownerOf = async (order: CanonicalOrder): Promise<string | null> =>
    (await numbers.ownerOf(order)) ?? numberOwners.get(`${order.source}:${numberOf(order)}`) ?? null;
  return {
    ownerOf,
    of: async (order) => {
      const own = sourceOf(order);
      const owner = (await ownerOf(order)) ?? own;
      numberOwners.set(`${order.source}:${numberOf(order)}`, owner);
      return owner === own ? numberOf(order) : otherNumber(order);
    },
  };
}

/** Numbers in use in QuickBooks, and those that earlier records of this dry run would have taken by then. */
function numbersBy(
  { docNumbers }: Pick<DeliveryEnv, 'docNumbers'>,
  { numbered }: PlanSession,
  own: string,
): DeliveryEnv['docNumbers'] {
  return {
    holders: async (trail, number) => {
      const planned = numbered.get(number);
      const holders = await docNumbers.holders(trail, number);
      return planned && planned.Id !== own ? [...holders, planned] : holders;
    },
    forget: (number) => docNumbers.forget(number),
  };
}

function noteNumber({ numbered }: PlanSession, own: string, writes: readonly Write[]): void {
  for (const { step, document, body } of writes) {
    if (step !== 'create' || document.kind !== 'invoice') continue;
    const { DocNumber, PrivateNote } = body;
    numbered.set(textAt(body, 'DocNumber'), { Id: own, DocNumber, PrivateNote });
  }
}
