import { COLLECTIONS, type DocumentReadModel, type FailureReadModel, type RunReadModel } from '@tillstream/contracts';
import type { WriteOperation } from '@tillstream/document-store';
import { InvariantError, SystemClock } from '@tillstream/kernel';
import type { Harness } from './harness.js';

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 5, 12, minute)).toISOString();

export const COUNTS = {
  discovered: 1,
  created: 1,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  failed: 0,
  held: 0,
  pending: 0,
};

export function run(syncId: string, minute = 0, more: Partial<RunReadModel> = {}): RunReadModel {
  return {
    tenantId: 'default',
    syncId,
    entity: 'orders',
    mode: 'full',
    target: 'all',
    dryRun: false,
    status: 'running',
    trigger: { type: 'api', id: 'key_1' },
    triggerType: 'api',
    counts: COUNTS,
    perTarget: { quickbooks: COUNTS },
    errors: [],
    requestedAt: at(minute),
    startedAt: at(minute),
    finishedAt: null,
    cursor: { from: null, to: null },
    remoteCalls: { woocommerce: 1, quickbooks: 2, supabase: 0 },
    failure: null,
    ...more,
  };
}

export function failure(id: string, minute: number, more: Partial<FailureReadModel> = {}): FailureReadModel {
  return {
    tenantId: 'default',
    id,
    entity: 'orders',
    entityId: `woo:${1_000 + minute}`,
    sourceNumber: String(1_000 + minute),
    target: 'quickbooks',
    code: 'tax_unmapped',
    category: 'held',
    message: 'No tax code has these rates',
    action: 'Name one',
    remote: { httpStatus: 400, faultCode: '6000' },
    attempts: 1,
    firstFailedAt: at(minute),
    lastFailedAt: at(minute),
    nextAttemptAt: null,
    state: 'open',
    syncId: 'run_1',
    causedBy: null,
    history: [],
    ...more,
  };
}

export const DOCUMENT: DocumentReadModel = {
  tenantId: 'default',
  entity: 'orders',
  sourceId: 'woo:1042',
  sourceNumber: '1042',
  updatedAt: at(1),
  source: {
    sourceVersion: 1_767_614_400_000_123,
    contentHash: 'h',
    status: 'processing',
    totalMinor: 4428,
    totalTaxMinor: null,
    currency: 'USD',
  },
  targets: {
    quickbooks: {
      state: 'synced',
      remoteId: '145',
      remoteType: 'Invoice',
      docNumber: '1042',
      total: { amountMinor: 4428, currency: 'USD' },
      remoteVersion: '0',
      contentHash: 'h',
      syncedAt: at(2),
      code: null,
      linked: [
        {
          remoteType: 'Payment',
          remoteId: '146',
          docNumber: null,
          totalMinor: 4428,
          currency: 'USD',
          remoteVersion: '0',
        },
      ],
    },
  },
  events: [{ id: 'e1', type: 'RecordObserved', occurredAt: at(1), facts: { status: 'processing', revision: 1 } }],
};

/** Puts read models as the projector would. */
export async function put(h: Harness, collection: keyof typeof COLLECTIONS, id: string, doc: object): Promise<void> {
  const { name } = COLLECTIONS[collection];
  const operation: WriteOperation = { op: 'put', collection: name, id, doc: { ...doc }, expectedVersion: null };
  const [outcome] = await h.store.bulkWrite([operation]);
  if (!outcome?.ok) throw new InvariantError('not_written', `${id} was not written`);
}

/** Real time that knows how many of its timers are still to come. */
export class CountingClock extends SystemClock {
  timers = 0;

  override setTimer(ms: number, fn: () => void): () => void {
    let pending = true;
    this.timers += 1;
    const done = () => {
      if (pending) this.timers -= 1;
      pending = false;
    };
    const cancel = super.setTimer(ms, () => {
      done();
      fn();
    });
    return () => {
      done();
      cancel();
    };
  }
}
