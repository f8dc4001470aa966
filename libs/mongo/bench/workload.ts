/** What a projector writes while orders are synced: per order a document that grows with each event, and the run it belongs to. */
export interface Write {
  readonly collection: string;
  readonly id: string;
  readonly doc: Readonly<Record<string, unknown>>;
  readonly expectedVersion: number;
}

export const COLLECTIONS = [
  { name: 'read_documents', indexes: [['tenantId', 'updatedAt']] },
  {
    name: 'read_runs',
    indexes: [
      ['tenantId', 'requestedAt'],
      ['tenantId', 'status', 'requestedAt'],
    ],
  },
] as const;

const START = Date.UTC(2026, 0, 5, 12);
const at = (n: number): string => new Date(START + n * 1000).toISOString();

/** Batches as a consumer gets them: `size` orders each, first seen, then settled for each target. */
export function batches(orders: number, size: number): readonly (readonly Write[])[] {
  const result: Write[][] = [];
  for (let first = 0; first < orders; first += size) {
    for (let stage = 0; stage < 3; stage += 1) {
      const ids = Array.from({ length: Math.min(size, orders - first) }, (_, n) => first + n);
      result.push([...ids.map((id) => order(id, stage)), run(result.length)]);
    }
  }
  return result;
}

function order(n: number, stage: number): Write {
  const targets = ['quickbooks', 'supabase'].slice(0, stage);
  const doc = {
    tenantId: 'demo',
    entity: 'orders',
    sourceId: `woo:${n}`,
    sourceNumber: String(10_000 + n),
    updatedAt: at(n + stage),
    source: {
      sourceVersion: START * 1000 + n,
      contentHash: `${n}`.padStart(64, 'a'),
      status: 'completed',
      totalMinor: 4428 + n,
      totalTaxMinor: 328,
      currency: 'USD',
    },
    targets: Object.fromEntries(targets.map((target) => [target, written(n)])),
    events: Array.from({ length: 2 + stage * 2 }, (_, k) => event(n, k)),
    seqs: { [`record_state/demo:orders:woo:${n}|sync.results.v1`]: stage + 1 },
  };
  return { collection: 'read_documents', id: `demo:orders:woo:${n}`, doc, expectedVersion: stage };
}

function written(n: number): object {
  return {
    state: 'synced',
    remoteId: String(n),
    remoteType: 'Invoice',
    docNumber: String(10_000 + n),
    total: { amountMinor: 4428 + n, currency: 'USD' },
    remoteVersion: '0',
    contentHash: `${n}`.padStart(64, 'b'),
    syncedAt: at(n),
    code: null,
    linked: [{ kind: 'payment', remoteId: String(n + 1), remoteType: 'Payment', docNumber: null }],
  };
}

function event(n: number, k: number): object {
  const facts = { target: 'quickbooks', outcome: 'created', revision: 1, amountMinor: 4428 + n, currency: 'USD' };
  return { id: `${n}-${k}`.padStart(40, 'e'), type: 'RecordSettled', occurredAt: at(n + k), facts };
}

function run(batch: number): Write {
  const counts = { discovered: batch * 500, created: batch * 480, updated: 0, unchanged: 15, failed: 5, held: 0 };
  const doc = {
    tenantId: 'demo',
    syncId: 'run_01',
    status: 'running',
    requestedAt: at(0),
    counts,
    perTarget: { quickbooks: counts, supabase: counts },
    errors: Array.from({ length: 20 }, (_, k) => ({
      failureId: `f${k}`,
      entityId: `woo:${k}`,
      code: 'total_mismatch',
    })),
  };
  return { collection: 'read_runs', id: 'demo:run_01', doc, expectedVersion: batch };
}
