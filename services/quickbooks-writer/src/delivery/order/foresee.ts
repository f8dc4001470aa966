import { assertNever } from '@tillstream/kernel';
import { isOurs, type WireEntity } from '@tillstream/quickbooks';
import { type DeliveryEnv, requestIdsOf } from '../delivery-env.js';
import { ensureCustomer } from '../names/ensure-customer.js';
import { ensureItems } from '../names/ensure-items.js';
import { resolveUnknown } from '../../ledger/perform-effect.js';
import { causedBy, deferral } from '../../company/trouble.js';
import { effectId, isUnresolved } from '../../ledger/domain/index.js';
import type { DesiredInvoice, DocumentRef } from './domain/document.js';
import type { Intent } from './domain/given.js';
import { reconcile } from './domain/reconcile.js';
import { entryOf, withDocuments, withSeen } from './domain/standing.js';
import { type End, isLearn, type Learn, type Write } from './domain/step.js';
import { lookupOf } from './effects.js';
import { paymentsOf, readDocument, remoteDocumentOf, reportDuplicates } from './look-up.js';
import { entryIdentity, inCompany, type Walk, withEntryRead } from './walk.js';

/** More looks than any order needs. */
const MAX_LOOKS = 20;

/** What is to be done, now that everything is known that had to be known for it. */
export interface Foreseen {
  readonly walk: Walk;
  /** Empty = all is as it should be. */
  readonly steps: readonly (Write | End)[];
}

/**
 * Asks `reconcile`, and QuickBooks whatever has to be known first, until nothing is left but changes of the order's
 * documents. That is all of a dry run; the real run goes on with the first of them.
 */
export async function foresee(begun: Walk, intent: Intent): Promise<Foreseen> {
  let walk = begun;
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const steps = reconcile(walk.desired, walk.standing, intent);
    const last = steps.at(-1);
    if (last && isLearn(last)) walk = await learned(walk, last);
    else return { walk, steps: steps.filter((step) => !isLearn(step)) };
  }
  throw deferral('quickbooks_busy', 'This order changes hands right now; it is looked at again.');
}

async function learned(walk: Walk, step: Learn): Promise<Walk> {
  switch (step.step) {
    case 'look':
      return looked(walk, step);
    case 'adopt':
      return adopted(walk, step.ref, step.entity);
    case 'report':
      await reportDuplicates(walk.env, effectId(entryIdentity(walk.env, step.ref)), step.ids);
      return withEntryRead(walk, step.ref);
    case 'refer':
      return referred(walk, step.document);
    default:
      return assertNever(step, 'step');
  }
}

async function looked(walk: Walk, look: Extract<Learn, { step: 'look' }>): Promise<Walk> {
  const { env, standing } = walk;
  switch (look.at) {
    case 'outcome': {
      const entry = entryOf(standing, look.ref);
      if (isUnresolved(entry)) await resolveUnknown(env.company, entry, lookupOf(walk, look.ref));
      return withEntryRead(walk, look.ref);
    }
    case 'documents': {
      const found = new Map<string, WireEntity | null>();
      for (const id of look.ids) found.set(id, await readDocument(env, look.ref, id));
      return { ...walk, standing: withDocuments(standing, look.ref, found) };
    }
    case 'number':
      return { ...walk, standing: withSeen(standing, { holders: await holdersOf(walk, look.document, look.number) }) };
    case 'payments':
      return { ...walk, standing: withSeen(standing, { payments: await paymentsOf(env, look.id) }) };
    case 'names':
      return {
        ...inCompany(walk, await matchedAnew(env)),
        standing: withSeen(standing, { refs: null, matched: true }),
      };
    default:
      return assertNever(look, 'look');
  }
}

/** Invoices with the number, and ours under a number that QuickBooks gave, when nothing is known of the order. */
async function holdersOf({ env, standing }: Walk, document: DesiredInvoice, number: string) {
  const { docNumbers, ownByDate, profile, trail } = env;
  const numbered = await docNumbers.holders(trail, number);
  // A person may free it; that it was free is worth remembering for the next fifty.
  if (numbered.length > 0) docNumbers.forget(number);
  if (profile.customTxnNumbers || entryOf(standing, document) !== null) return numbered;
  const known = new Set(numbered.map(({ Id }) => Id));
  const dated = await ownByDate.on(trail, document.txnDate);
  return [...numbered, ...dated.filter((invoice) => isOurs(invoice, document.marker) && !known.has(invoice.Id))];
}

/** Everything that is remembered of the company is read again. */
async function matchedAnew(env: DeliveryEnv): Promise<DeliveryEnv> {
  const { directories, profiles, trail } = env;
  await directories.freshNames(trail, Number.NEGATIVE_INFINITY);
  await directories.freshItems(trail, Number.NEGATIVE_INFINITY);
  profiles.forget();
  return { ...env, profile: await profiles.get(trail) };
}

/** Takes over a document with our marker that this ledger did not write (a lost data folder, a restored company). */
async function adopted(walk: Walk, ref: DocumentRef, entity: WireEntity): Promise<Walk> {
  const { env, order } = walk;
  const identity = entryIdentity(env, ref);
  const remote = { ...remoteDocumentOf(order.currency)(entity), syncToken: null };
  const requestId = requestIdsOf(env, identity)(1);
  await env.company.ledger.execute(effectId(identity), { type: 'Adopt', remote, requestId });
  env.logger.info({ kind: ref.kind, remoteId: entity.Id, order: order.number }, 'adopted a document with our marker');
  return withEntryRead(walk, ref);
}

/** Customer and items: each one effect that all orders needing it wait for. */
async function referred(walk: Walk, { needs }: DesiredInvoice): Promise<Walk> {
  const { env, standing } = walk;
  const { source, buyer } = needs.buyer;
  const cause = buyer.id === null ? undefined : ({ entity: 'customers', sourceId: `${source}:${buyer.id}` } as const);
  const customerId = await causedBy(cause, () => ensureCustomer(env, needs.buyer));
  const itemIds = await ensureItems(env, needs.items);
  return { ...walk, standing: withSeen(standing, { refs: { customerId, itemIds } }) };
}
