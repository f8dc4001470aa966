import type {
  DocumentReadModel,
  FactsOf,
  SyncEvent,
  Target,
  TargetDocument,
  WrittenDocument,
} from '@tillstream/contracts';
import { isLinkedType, REMOTE_TYPE } from './effects.js';
import { type FoldTable, foldWith } from './read-model.js';

/** Events kept per document. */
const EVENT_LIMIT = 500;

const NOTHING_YET: TargetDocument = {
  state: 'pending',
  remoteId: null,
  remoteType: null,
  docNumber: null,
  total: null,
  remoteVersion: null,
  contentHash: null,
  syncedAt: null,
  code: null,
  linked: [],
};

/** What exists where, and the list of events that led there; `entity` and `sourceId` come from the log key (D6). */
export function foldDocument(
  document: DocumentReadModel | null,
  event: SyncEvent,
  about: { readonly entity: string; readonly sourceId: string },
): DocumentReadModel {
  const before: DocumentReadModel = document ?? {
    tenantId: event.tenantId,
    ...about,
    sourceNumber: null,
    updatedAt: event.occurredAt,
    source: null,
    targets: {},
    events: [],
  };
  const { id, type, occurredAt, facts } = event;
  return {
    ...before,
    ...foldWith(CHANGES, before, event, {}),
    updatedAt: occurredAt > before.updatedAt ? occurredAt : before.updatedAt,
    events: [...before.events, { id, type, occurredAt, facts: { ...facts } }].slice(-EVENT_LIMIT),
  };
}

type Change = Partial<Pick<DocumentReadModel, 'source' | 'sourceNumber' | 'targets'>>;

const CHANGES: FoldTable<DocumentReadModel, Change> = {
  RecordObserved: (_, event) => observed(event.facts),
  RecordSynced: (document, { facts, occurredAt }) => ({
    sourceNumber: facts.sourceNumber,
    ...target(document, facts.target, (before) => synced(before, facts, occurredAt)),
  }),
  EffectConfirmed: (document, { facts }) =>
    target(document, 'quickbooks', (before) => withWritten(before, [writtenBy(facts)])),
  FailureRecorded: (document, { facts }) => target(document, facts.target, (before) => failed(before, facts)),
  FailureResolved: (document, { facts }) => target(document, facts.target, resolved),
  FailureDiscarded: (document, { facts }) =>
    target(document, facts.target, (before) => ({ ...before, state: 'skipped', code: 'discarded' })),
};

function target(document: DocumentReadModel, name: Target, change: (before: TargetDocument) => TargetDocument): Change {
  return { targets: { ...document.targets, [name]: change(document.targets[name] ?? NOTHING_YET) } };
}

function observed(facts: FactsOf<'RecordObserved'>): Change {
  const { sourceNumber, sourceVersion, contentHash, status, totalMinor, totalTaxMinor, currency } = facts;
  return {
    sourceNumber,
    source: { sourceVersion, contentHash, status, totalMinor, totalTaxMinor, currency },
  };
}

function synced(before: TargetDocument, facts: FactsOf<'RecordSynced'>, occurredAt: string): TargetDocument {
  const written = withWritten(before, facts.documents);
  switch (facts.outcome) {
    case 'created':
    case 'updated':
    case 'unchanged':
      return { ...written, state: 'synced', contentHash: facts.contentHash, syncedAt: occurredAt, code: null };
    case 'skipped':
    case 'failed':
    case 'held':
      return { ...written, state: facts.outcome, code: facts.reason ?? before.code };
  }
}

function failed(before: TargetDocument, facts: FactsOf<'FailureRecorded'>): TargetDocument {
  const { code, category } = facts.problem;
  const state = facts.state === 'retrying' ? 'retrying' : category === 'held' ? 'held' : 'failed';
  return { ...before, state, code };
}

/** The success that resolved it is told by RecordSynced, which may come before or after. */
function resolved(before: TargetDocument): TargetDocument {
  const waiting = before.state === 'held' || before.state === 'failed' || before.state === 'retrying';
  return waiting ? { ...before, state: 'pending', code: null } : before;
}

function writtenBy(facts: FactsOf<'EffectConfirmed'>): WrittenDocument {
  return {
    remoteType: REMOTE_TYPE[facts.kind],
    remoteId: facts.remoteId,
    docNumber: facts.docNumber,
    totalMinor: facts.totalMinor,
    currency: facts.currency,
    remoteVersion: facts.syncToken,
  };
}

/** The sales document stands for itself, payments and refunds are linked to it; none listed = nothing new. */
function withWritten(before: TargetDocument, documents: readonly WrittenDocument[]): TargetDocument {
  return documents.reduce<TargetDocument>((after, document) => {
    if (isLinkedType(document.remoteType)) return { ...after, linked: withLinked(after.linked, document) };
    const { remoteId, remoteType, docNumber, remoteVersion, totalMinor, currency } = document;
    const total = totalMinor === null || currency === null ? null : { amountMinor: totalMinor, currency };
    return { ...after, remoteId, remoteType, docNumber, remoteVersion, total };
  }, before);
}

function withLinked(linked: readonly WrittenDocument[], document: WrittenDocument): WrittenDocument[] {
  const others = linked.filter(
    ({ remoteType, remoteId }) => remoteType !== document.remoteType || remoteId !== document.remoteId,
  );
  return [...others, document];
}
