import type {
  CanonicalOrder,
  EventType,
  FactsOf,
  RecordSettled,
  RunAccepted,
  RunRequest,
  Target,
  WorkDeferred,
  WorkSettled,
} from '@tillstream/contracts';
import type { RequestInput } from '../../src/domain/entity-sync/inputs.js';
import { problemOf } from '../../src/domain/record/facts.js';
import type { Observation, Sighting } from '../../src/domain/record/inputs.js';
import type { PageRead } from '../../src/domain/run/inputs.js';

/** Values for specs: each takes what matters to the case and fills in the rest. */
export const NOW = Date.UTC(2026, 0, 5, 12);
export const NOW_MICROS = NOW * 1000;
export const SHOP = 'https://shop.example#1';
export const REALM = '4620816365#1';
export const selection = { statuses: ['completed', 'processing', 'refunded'], createdFrom: '2025-01-01' };

export function aRequest(over: Partial<RunRequest> = {}): RunRequest {
  return {
    syncId: 'run_1',
    entity: 'orders',
    mode: 'incremental',
    target: 'all',
    dryRun: false,
    filters: {},
    ids: null,
    refs: null,
    idempotencyKey: null,
    requestHash: 'hash-1',
    trigger: { type: 'api', id: null },
    requestedAt: new Date(NOW).toISOString(),
    ...over,
  };
}

export function aRequestInput(
  over: Partial<Omit<RequestInput, 'type' | 'request'>> = {},
  request: Partial<RunRequest> = {},
): RequestInput {
  return {
    type: 'Request',
    request: aRequest(request),
    sourceIdentity: SHOP,
    targetIdentities: { quickbooks: REALM },
    selection,
    startDateChosen: true,
    ordersPerYear: null,
    ...over,
  };
}

export function anAccepted(over: Partial<RunAccepted> = {}, request: Partial<RunRequest> = {}): RunAccepted {
  return {
    request: aRequest(request),
    targets: ['quickbooks'],
    scanning: true,
    movesCursors: true,
    cursors: { quickbooks: null },
    sourceIdentity: SHOP,
    targetIdentities: { quickbooks: REALM },
    selection,
    acceptedAt: new Date(NOW).toISOString(),
    ...over,
  };
}

export function aPage(step: number, ids: readonly (string | number)[], over: Partial<PageRead> = {}): PageRead {
  return {
    type: 'PageRead',
    step,
    readBeganAt: NOW_MICROS,
    records: ids.map((id) => ({ sourceId: `woo:${id}`, raw: { id } })),
    next: null,
    cursor: { modifiedAfter: '2026-01-05T12:00:00' },
    remoteCalls: 1,
    ...over,
  };
}

export function settledRecord(
  ordinal: number,
  outcome: RecordSettled['outcome'],
  over: Partial<RecordSettled> = {},
): RecordSettled {
  return { syncId: 'run_1', ordinal, target: 'quickbooks', outcome, remoteCalls: 0, error: null, ...over };
}

const address = {
  firstName: 'Ann',
  lastName: 'Lee',
  company: '',
  line1: '1 Elm St',
  line2: '',
  city: 'Reno',
  state: 'NV',
  postcode: '89501',
  country: 'US',
};

export function anOrder(over: Partial<CanonicalOrder> = {}): CanonicalOrder {
  return {
    source: 'woo',
    id: '1042',
    number: '1042',
    status: 'processing',
    currency: 'USD',
    createdDate: '2025-11-22',
    paidDate: '2025-11-22',
    completedDate: null,
    modifiedAt: '2025-11-22T17:15:06',
    totalMinor: 4428,
    totalTaxMinor: 328,
    buyer: { id: null, email: 'ann@example.com', phone: '', billing: address, shipping: address },
    paymentMethod: 'stripe',
    paymentMethodTitle: 'Card',
    transactionId: 'ch_1',
    lines: [],
    fees: [],
    shipping: [],
    taxLines: [],
    couponCodes: [],
    refunds: [],
    ...over,
  };
}

export function sighting(hash: string, order: Partial<CanonicalOrder> = {}): Sighting {
  const content = anOrder(order);
  return {
    kind: 'order',
    order: content,
    contentHash: `raw-${hash}`,
    workHashes: { quickbooks: hash, supabase: `row-${hash}` },
    rows: { raw: { id: 1042, status: content.status, hash } },
  };
}

/** An order that cannot be read. */
export function unreadable(over: Partial<Extract<Sighting, { kind: 'unreadable' }>> = {}): Sighting {
  return {
    kind: 'unreadable',
    code: 'source_invalid',
    contentHash: 'x',
    message: 'm',
    status: null,
    sourceNumber: null,
    workHashes: { supabase: 'row-x' },
    rows: { raw: { id: 1042 } },
    ...over,
  };
}

export function anObservation(over: Partial<Omit<Observation, 'type'>> = {}): Observation {
  return {
    type: 'Observed',
    syncId: 'run_1',
    ordinal: 0,
    readBeganAt: NOW_MICROS,
    lane: 'backfill',
    sourceIdentity: SHOP,
    targetIdentities: { quickbooks: REALM },
    targets: ['quickbooks'],
    selection,
    statusFilter: null,
    recreate: false,
    runCancelled: false,
    sighting: sighting('a'),
    ...over,
  };
}

const subject = { target: 'quickbooks' as Target, entity: 'orders' as const, sourceId: 'woo:1042' };

export function workSettled(over: Partial<WorkSettled> = {}): { type: 'Settled'; result: WorkSettled } {
  const result: WorkSettled = {
    ...subject,
    sourceVersion: NOW_MICROS,
    contentHash: 'a',
    outcome: 'created',
    problem: null,
    documents: [],
    attempts: 1,
    remoteCalls: 3,
    ...over,
  };
  return { type: 'Settled', result };
}

export function workDeferred(over: Partial<WorkDeferred> = {}): { type: 'Deferred'; result: WorkDeferred } {
  const result: WorkDeferred = {
    ...subject,
    sourceVersion: NOW_MICROS,
    contentHash: 'a',
    problem: problemOf('quickbooks_unavailable'),
    attempts: 1,
    nextAttemptAt: new Date(NOW + 60_000).toISOString(),
    remoteCalls: 1,
    ...over,
  };
  return { type: 'Deferred', result };
}

/** Facts of the last event of a type. */
export function factsOf<T extends EventType>(
  events: readonly { readonly type: string; readonly facts: object }[],
  type: T,
): FactsOf<T> | undefined {
  return events.findLast((event) => event.type === type)?.facts as FactsOf<T> | undefined;
}
