import { z } from 'zod';
import type { CanonicalCustomer } from './customer.js';
import type { CanonicalOrder } from './order.js';
import type { CanonicalProduct } from './product.js';
import { Entity, FailureCategory, Lane, Outcome, RemoteError, Target } from './vocabulary.js';

/** Facts on sync.work.quickbooks.v1, sync.results.v1 and sync.events.v1 about one source record. */

/** What a piece of work is about; `contentHash` and `sourceVersion` come back with its result. */
export const WorkRequested = z.strictObject({
  entity: Entity,
  /** `woo:1042`. */
  sourceId: z.string(),
  realmId: z.string(),
  /** Microseconds, strictly growing per record (D8). */
  sourceVersion: z.int(),
  contentHash: z.string(),
  lane: Lane,
  syncId: z.string().nullable(),
  /** `changed` = new content; `retry` = asked for; `recheck` = settings, connection or cause changed. */
  reason: z.enum(['changed', 'retry', 'recheck']),
  recreate: z.boolean(),
});
export type WorkRequested = z.infer<typeof WorkRequested>;
/** The record itself, by its entity. */
export interface WorkPayload {
  readonly order?: CanonicalOrder;
  readonly customer?: CanonicalCustomer;
  readonly product?: CanonicalProduct;
}

/** A record to bring to Supabase: a mirror of the source, whether or not the books can use it. */
export const RowsRequested = z.strictObject({
  entity: Entity,
  /** `woo:1042`. */
  sourceId: z.string(),
  /** The project's name in its target identity. */
  projectId: z.string(),
  /** Microseconds, strictly growing per record (D8). */
  sourceVersion: z.int(),
  /** Hash of `raw` and `related` without what is no content. */
  contentHash: z.string(),
  lane: Lane,
  syncId: z.string().nullable(),
  reason: z.enum(['changed', 'retry', 'recheck']),
  /** In the trash or gone from the source: `deleted_at` is set. */
  deleted: z.boolean(),
});
export type RowsRequested = z.infer<typeof RowsRequested>;
export interface RowsPayload {
  /** Raw source JSON; null = the source does not have it any more. */
  readonly raw: unknown;
  /** What belongs to it and stands elsewhere in the source; see `RelatedRecords`. */
  readonly related?: RelatedRecords;
}

/**
 * Supabase's writer keeps this work until its project can be written (D10): published on sync.events.v1 with the
 * RowsPayload, so that the state of waiting work is a fold of events (D4). Work that is written at once has none.
 */
export const RowsAccepted = z.strictObject({ ...RowsRequested.shape, target: Target });
export type RowsAccepted = z.infer<typeof RowsAccepted>;

/** Source records read along with one: an order's refunds with their lines, a variation's parent. */
export interface RelatedRecords {
  /** Raw refunds of `/orders/{id}/refunds`. */
  readonly refunds?: readonly unknown[];
  readonly parent?: { readonly id: string; readonly name: string; readonly sku: string };
  /** Of an order: the order it belongs to, raw (B17); null = it is there and cannot be read. */
  readonly parentOrder?: unknown;
  /** Of a product: the shop's currency, which the product itself does not say. */
  readonly currency?: string;
}

export const WrittenDocument = z.strictObject({
  remoteType: z.string(),
  remoteId: z.string(),
  docNumber: z.string().nullable(),
  totalMinor: z.int().nullable(),
  currency: z.string().nullable(),
  remoteVersion: z.string().nullable(),
});
export type WrittenDocument = z.infer<typeof WrittenDocument>;

const Problem = z.strictObject({
  code: z.string(),
  category: FailureCategory,
  /** For an accountant: what happened. */
  message: z.string(),
  /** What to do next. */
  action: z.string(),
  remote: RemoteError.nullable(),
  /** The customer or item whose own problem this is: the record only depends on it (`causedBy`). */
  cause: z.strictObject({ entity: Entity, sourceId: z.string() }).optional(),
});
export type Problem = z.infer<typeof Problem>;

/**
 * The writer owns this piece of work now (D10): its state is durable, delivery follows. Published on sync.events.v1; its
 * payload is the WorkPayload, so that the state of open work is a fold of events (D4). A newer one replaces it (I8).
 */
export const WorkAccepted = z.strictObject({ ...WorkRequested.shape, target: Target });
export type WorkAccepted = z.infer<typeof WorkAccepted>;

/** The work is final until something changes: written, nothing to write, held, or failed for good. */
export const WorkSettled = z.strictObject({
  target: Target,
  entity: Entity,
  sourceId: z.string(),
  sourceVersion: z.int(),
  contentHash: z.string(),
  outcome: Outcome,
  /** held, failed: the problem; skipped: code = reason; else null. */
  problem: Problem.nullable(),
  documents: z.array(WrittenDocument),
  attempts: z.int().min(0),
  remoteCalls: z.int().min(0),
});
export type WorkSettled = z.infer<typeof WorkSettled>;

/** The work did not succeed yet and goes on by itself: transient trouble, unknown outcome, parked connection. */
export const WorkDeferred = z.strictObject({
  target: Target,
  entity: Entity,
  sourceId: z.string(),
  sourceVersion: z.int(),
  contentHash: z.string(),
  problem: Problem,
  attempts: z.int().min(1),
  /** null = parked until the connection is back. */
  nextAttemptAt: z.string().nullable(),
  remoteCalls: z.int().min(0),
});
export type WorkDeferred = z.infer<typeof WorkDeferred>;

/** A new state of a source record was seen. `summary` has no personal data. */
export const RecordObserved = z.strictObject({
  entity: Entity,
  sourceId: z.string(),
  sourceNumber: z.string(),
  sourceVersion: z.int(),
  contentHash: z.string(),
  syncId: z.string().nullable(),
  status: z.string(),
  totalMinor: z.int().nullable(),
  totalTaxMinor: z.int().nullable(),
  currency: z.string().nullable(),
  /** Microseconds: when the read began (D8). */
  readBeganAt: z.int(),
  sourceIdentity: z.string(),
  /** Identity and epoch of each target at that time; another one than before starts the target's state anew. */
  targetIdentities: z.partialRecord(Target, z.string()),
  /** Cancelled, failed, in the trash or deleted, and not selected: a document of it should not exist (B6). */
  gone: z.boolean(),
  /** Place in the run, and the targets whose outcome the run waits for. */
  ordinal: z.int().nullable(),
  waits: z.array(Target),
});
export type RecordObserved = z.infer<typeof RecordObserved>;

/** A record became final in a target, until something changes. */
export const RecordSynced = z.strictObject({
  entity: Entity,
  sourceId: z.string(),
  sourceNumber: z.string(),
  target: Target,
  sourceVersion: z.int(),
  contentHash: z.string(),
  outcome: Outcome,
  reason: z.string().nullable(),
  documents: z.array(WrittenDocument),
  syncId: z.string().nullable(),
});

const FailureFacts = {
  failureId: z.string(),
  entity: Entity,
  sourceId: z.string(),
  sourceNumber: z.string(),
  target: Target,
  syncId: z.string().nullable(),
};
/** One open failure per (entity, sourceId, target); the same event updates it with each attempt. */
export const FailureRecorded = z.strictObject({
  ...FailureFacts,
  problem: Problem,
  attempts: z.int(),
  /** `retrying` goes on by itself at nextAttemptAt; `open` waits for somebody or something. */
  state: z.enum(['open', 'retrying']),
  nextAttemptAt: z.string().nullable(),
  causedBy: z.string().nullable(),
  /** `retrying`: when this work was put off for the first time; a run waits five minutes from then (D9). */
  retryingSince: z.string().optional(),
});
export const FailureResolved = z.strictObject(FailureFacts);
export const FailureDiscarded = z.strictObject({ ...FailureFacts, reason: z.string() });

/** Kinds of entries in the effect ledger (D11). */
export const DocumentKind = z.enum(['customer', 'item', 'account', 'invoice', 'payment']);
export type DocumentKind = z.infer<typeof DocumentKind>;

const EffectFacts = {
  realmId: z.string(),
  kind: DocumentKind,
  /** Identity inside the kind: `woo:1042` for an order's documents, a customer or item key, an account role. */
  sourceId: z.string(),
  revision: z.int().min(1),
  requestId: z.string(),
};
/** Durable before every send, resends included (D11, D12). The exact body is in the payload (`EffectIntendedPayload`). */
export const EffectIntended = z.strictObject({
  ...EffectFacts,
  operation: z.enum(['create', 'update', 'void', 'delete']),
  bodyHash: z.string(),
  /** Hash of the source content the body was made from, payment apart: tells an edit from a later payment. */
  sourceHash: z.string().nullable(),
  /** Epoch of the lease under which it is sent (D14). */
  ownerEpoch: z.int(),
  /** Wall clock, ms: directly before the bytes leave. */
  sentAtMs: z.int(),
  /** Wall clock, ms: request deadline plus margin; before it a look-up may adopt but never prove absence (D12). */
  settleAtMs: z.int(),
  /** For transactions: what QuickBooks is predicted to compute. */
  predictedTotalMinor: z.int().nullable(),
});
export interface EffectIntendedPayload {
  /** The exact JSON text sent; a resend is byte for byte the same. */
  readonly body: string;
}
export const EffectConfirmed = z.strictObject({
  ...EffectFacts,
  remoteId: z.string(),
  syncToken: z.string().nullable(),
  docNumber: z.string().nullable(),
  totalMinor: z.int().nullable(),
  taxMinor: z.int().nullable(),
  currency: z.string().nullable(),
  /** How we know: the reply, a look-up after an unknown outcome, or an existing object that matched unambiguously. */
  by: z.enum(['reply', 'lookup', 'adoption']),
});
export const EffectRejected = z.strictObject({ ...EffectFacts, code: z.string(), remote: RemoteError.nullable() });
export const EffectUnknown = z.strictObject({ ...EffectFacts, reason: z.string() });
/** Looked up after the settle time and proven not to exist: the same revision may be sent again. */
export const EffectProvenAbsent = z.strictObject(EffectFacts);
/** Two documents with one marker, found by the sweep (D14). Nothing is deleted by us. */
export const DuplicateDocumentFound = z.strictObject({
  realmId: z.string(),
  kind: DocumentKind,
  sourceId: z.string(),
  remoteIds: z.array(z.string()),
});

export const RECORD_EVENTS = {
  WorkRequested,
  RowsRequested,
  WorkAccepted,
  RowsAccepted,
  WorkSettled,
  WorkDeferred,
  RecordObserved,
  RecordSynced,
  FailureRecorded,
  FailureResolved,
  FailureDiscarded,
  EffectIntended,
  EffectConfirmed,
  EffectRejected,
  EffectUnknown,
  EffectProvenAbsent,
  DuplicateDocumentFound,
} as const;
