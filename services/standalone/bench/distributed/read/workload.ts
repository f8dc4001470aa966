import type { RunCounts, RunReadModel } from '@tillstream/contracts';

/** The one key both servers know, of the tenant `default`. */
export const API_KEY = 'bench-admin-key-0123456789abcdef';
export const SYNC_ID = 'run_00000000000000000000000042';

const counts: RunCounts = {
  discovered: 5000,
  created: 4400,
  updated: 200,
  unchanged: 340,
  skipped: 0,
  failed: 5,
  held: 15,
  pending: 40,
};

/** A run under way with some errors, as the projector leaves it: about 4 kB of JSON. */
export const RUN: RunReadModel = {
  tenantId: 'default',
  syncId: SYNC_ID,
  entity: 'orders',
  mode: 'full',
  target: 'all',
  dryRun: false,
  status: 'running',
  trigger: { type: 'api', id: 'key_first_admin' },
  triggerType: 'api',
  counts,
  perTarget: { quickbooks: counts, supabase: counts },
  errors: Array.from({ length: 15 }, (_, index) => ({
    failureId: `fail_${index}`,
    entity: 'orders' as const,
    entityId: `woo:${1000 + index}`,
    target: 'quickbooks' as const,
    code: 'tax_unmapped',
    message: `Order ${1000 + index} has tax at a rate that no QuickBooks tax code stands for.`,
  })),
  requestedAt: '2026-01-05T12:00:00.000Z',
  startedAt: '2026-01-05T12:00:01.000Z',
  finishedAt: null,
  cursor: { from: null, to: '2026-01-05T11:59:00' },
  remoteCalls: { woocommerce: 50, quickbooks: 9300, supabase: 12 },
  failure: null,
};
