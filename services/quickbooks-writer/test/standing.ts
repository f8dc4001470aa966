import { type CanonicalOrder, defaultSettings, type Settings } from '@tillstream/contracts';
import { bodyText, type CompanyProfile, type WireEntity } from '@tillstream/quickbooks';
import { type Desired, desired } from '../src/delivery/order/domain/desired.js';
import type { OrderDocumentKind } from '../src/delivery/order/domain/document.js';
import { invoiceSourceHash } from '../src/delivery/order/domain/source-hash.js';
import { type Seen, type Standing, standingOf } from '../src/delivery/order/domain/standing.js';
import type { Step } from '../src/delivery/order/domain/step.js';
import { type EffectState, initialEffect } from '../src/ledger/domain/index.js';
import { makeOrder } from './orders.js';

/** Orders, companies and what stands for them, for specs of the pure rules. Amounts in minor units. */

const SHOP = 'https://shop.example';

export const company = (change: Partial<CompanyProfile> = {}): CompanyProfile => ({
  companyName: 'Elm Street Goods',
  country: 'US',
  isUs: true,
  homeCurrency: 'USD',
  multiCurrency: false,
  usingSalesTax: true,
  partnerTaxEnabled: false,
  taxGroupCodeRef: '2',
  bookCloseDate: null,
  customTxnNumbers: true,
  taxCodes: [],
  accounts: [],
  ...change,
});

export function desiredFor(
  order: CanonicalOrder,
  change: { readonly profile?: Partial<CompanyProfile>; readonly quickbooks?: Partial<Settings['quickbooks']> } = {},
): Desired {
  const { orders, quickbooks } = defaultSettings();
  return desired(order, {
    settings: { ...quickbooks, ...change.quickbooks },
    orderSettings: orders,
    profile: company(change.profile),
    sourceIdentity: SHOP,
  });
}

/** The ledger entry of a document as QuickBooks confirmed it. */
export function confirmed(
  kind: OrderDocumentKind,
  change: Partial<EffectState> = {},
  order = makeOrder('1042'),
): EffectState {
  const identity = {
    tenantId: 'default',
    realmId: '9130001',
    epoch: '1',
    kind,
    sourceId: `${order.source}:${order.id}`,
  };
  return {
    ...initialEffect(identity),
    status: 'confirmed',
    revision: 1,
    requestId: 'r1',
    body: bodyText({ CustomerRef: { value: '58' } }),
    sourceHash: invoiceSourceHash(order),
    by: 'reply',
    remote: {
      id: kind === 'invoice' ? '145' : '146',
      syncToken: '0',
      docNumber: kind === 'invoice' ? order.number : null,
      totalMinor: order.totalMinor,
      taxMinor: kind === 'invoice' ? order.totalTaxMinor : 0,
      currency: order.currency,
    },
    ...change,
  };
}

/** The same, before it was known to exist. */
export function unconfirmed(kind: OrderDocumentKind, change: Partial<EffectState> = {}, order = makeOrder('1042')) {
  return confirmed(kind, { remote: null, by: null, ...change }, order);
}

/** References known, number free: what a delivery has seen before its first write. */
export const READY: Partial<Seen> = {
  refs: {
    customerId: '58',
    itemIds: new Map([
      ['woo:88', '100'],
      ['role:discount', '101'],
    ]),
  },
  holders: [],
};

export function standingWith(entries: readonly EffectState[], seen: Partial<Seen> = READY): Standing {
  const documents = entries.map((entry) => ({ ref: refOf(entry), entry }));
  return standingOf(documents, seen);
}

function refOf({ identity }: EffectState) {
  const { kind, sourceId } = identity;
  if (kind !== 'invoice' && kind !== 'payment') throw new TypeError(`${kind} is no document of an order`);
  return { kind, sourceId };
}

/** A document as QuickBooks shows it, with the marker that the order's own has. */
export function shown(id: string, marker: string, change: Readonly<Record<string, unknown>> = {}): WireEntity {
  return { Id: id, SyncToken: '7', TotalAmt: 21.6, PrivateNote: `Woo order 1042\n${marker}`, ...change };
}

export function markerIn({ documents }: Desired, kind: OrderDocumentKind): string {
  return documents.find((document) => document.kind === kind)?.marker ?? '';
}

/** Steps as a person would say them. */
export function told(steps: readonly Step[]): string {
  return steps.map(sentence).join(', ');
}

function sentence(step: Step): string {
  switch (step.step) {
    case 'create':
      return `${step.recreate ? 'recreate' : 'create'} ${step.document.kind}`;
    case 'update':
    case 'void':
    case 'delete':
      return `${step.step} ${step.document.kind}`;
    case 'look':
      return `look at ${step.at}${'ref' in step ? ` of ${step.ref.kind}` : ''}`;
    case 'adopt':
      return `adopt ${step.ref.kind} ${step.entity.Id}`;
    case 'report':
      return `report ${step.ref.kind} ${step.ids.join(' ')}`;
    case 'refer':
      return `refer ${step.document.kind}`;
    case 'refused':
      return `refused ${step.failure.kind}`;
    case 'hold':
    case 'skip':
    case 'wait':
      return `${step.step} ${step.code}`;
  }
}
