import type { CanonicalOrder, QuickBooksSettings } from '@tillstream/contracts';
import { type DraftLine, draftLines, roundingLine } from './draft-lines.js';
import { held, type Held } from './held.js';
import { docNumber } from './identity.js';
import { invoiceBody } from './invoice-body.js';
import type { CompanyProfile, ItemNeed, JsonObject, OrderPlan, PlannedLine } from './model.js';
import { quantityAndPrice } from './numbers.js';
import { amount, automaticBound, checkOrder, documentDate, roundingBound, sum } from './order-checks.js';
import { withoutRepeatedTaxes } from './order-taxes.js';
import { predictTotals } from './predict.js';
import { planTax } from './tax.js';
import { cleanText, truncate } from './text.js';

const DESCRIPTION_LENGTH = 4000;
/** A setting is only pointed at while the difference could be rounding: this many times what it explains by itself. */
const COULD_BE_ROUNDING = 3;

/**
 * Everything about an order's invoice that needs no QuickBooks id, or the reason to hold it. Pure and
 * deterministic: nothing is created in QuickBooks before this says `planned`, so a held order leaves no trace there.
 */
export function planOrder(
  given: CanonicalOrder,
  settings: QuickBooksSettings,
  profile: CompanyProfile,
  number = given.number || given.id,
): OrderPlan | Held {
  const order = profile.isUs ? given : withoutRepeatedTaxes(given, roundingBound(given, settings));
  const objection = checkOrder(order, settings, profile);
  if (objection) return objection;
  const drafts = draftLines(order);
  const roundingMinor = roundingOf(order, drafts, settings);
  const all = roundingMinor === 0 ? drafts : [...drafts, roundingLine(roundingMinor)];
  const tax = planTax(order, all, settings, profile);
  if (tax.kind === 'held') return tax;
  const items = [...new Map(all.map(({ need }) => [need.identity, need])).values()];
  const plan: OrderPlan = {
    kind: 'planned',
    order,
    docNumber: docNumber(settings.docNumberPrefix, number),
    txnDate: documentDate(order, settings),
    lines: all.map((draft) => planLine(order, draft, tax.codeOf(draft.rateSet), profile.isUs)),
    tax: tax.plan,
    roundingMinor,
    items,
    predicted: { totalMinor: order.totalMinor, taxMinor: order.totalTaxMinor },
  };
  return checkPrediction(plan, invoiceBody(plan, placeholders(items), profile), profile) ?? plan;
}

/**
 * Holds an order whose document would differ from it by a cent in total or tax (B1). Asked when planning and again
 * of the very body that is sent.
 */
export function checkPrediction(plan: OrderPlan, body: JsonObject, profile: CompanyProfile): Held | null {
  const { order } = plan;
  const predicted = predictTotals(body, profile, order.currency);
  if (predicted.kind === 'unpredictable') {
    return held(
      'total_mismatch',
      `Order ${order.number}: what QuickBooks would compute cannot be known: ${predicted.reason}.`,
    );
  }
  const fits = predicted.totalMinor === order.totalMinor && predicted.taxMinor === order.totalTaxMinor;
  if (fits) return null; // GUARD(prediction)
  const missing = Math.abs(order.totalMinor - predicted.totalMinor);
  const difference = amount(missing, order);
  const rounds = missing > 0 && missing <= COULD_BE_ROUNDING * automaticBound(order);
  return held(
    'total_mismatch',
    `Order ${order.number}: its lines and tax add up to ${amount(predicted.totalMinor, order)} (tax ${amount(predicted.taxMinor, order)}), its total says ${amount(order.totalMinor, order)} (tax ${amount(order.totalTaxMinor, order)}); the difference of ${difference} is above what rounding explains.${rounds ? ' If it is real rounding, raise quickbooks.rounding.maxAdjustmentMinor.' : ''}`,
  );
}

/** Amount of the rounding line; 0 when the lines fit, and when they are too far off for it. */
function roundingOf(order: CanonicalOrder, drafts: readonly DraftLine[], settings: QuickBooksSettings): number {
  const missing = order.totalMinor - order.totalTaxMinor - sum(drafts.map((draft) => draft.amountMinor));
  return Math.abs(missing) <= roundingBound(order, settings) ? missing : 0;
}

function planLine(order: CanonicalOrder, draft: DraftLine, taxCode: string | null, isUs: boolean): PlannedLine {
  const { quantity, unitPrice, remark } = quantityAndPrice(draft.quantity, draft.amountMinor, order.currency);
  const suffix = remark === null ? '' : ` ${remark}`;
  return {
    kind: draft.kind,
    item: draft.need.identity,
    amountMinor: draft.amountMinor,
    description: `${truncate(cleanText(draft.text, isUs), DESCRIPTION_LENGTH - suffix.length)}${suffix}`.trim(),
    quantity,
    unitPrice,
    taxCode,
  };
}

/** References that stand in for ids not yet known: the prediction does not depend on them. */
function placeholders(items: readonly ItemNeed[]) {
  return { customerId: '0', itemIds: new Map(items.map(({ identity }) => [identity, '0'])), sourceIdentity: '' };
}
