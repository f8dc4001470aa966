import type { RunReadModel } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import { requestedRunView, runView } from './run-view.js';

const requested = requestedRunView({
  syncId: 'run_1',
  entity: 'orders',
  mode: 'full',
  target: 'all',
  dryRun: false,
  filters: {},
  ids: null,
  refs: null,
  idempotencyKey: null,
  trigger: { type: 'api', id: 'key_1' },
  requestHash: 'hash',
  requestedAt: '2026-01-01T00:00:00.000Z',
});
const withCursor = (cursor: RunReadModel['cursor']) => {
  const run: RunReadModel = { ...requested, tenantId: 'default', triggerType: 'api', errors: [], cursor };
  return runView(run).cursor;
};

describe('runView', () => {
  it("shows the shop's cursor as every other time: UTC with milliseconds", () => {
    expect(withCursor({ from: '2025-12-28T16:13:14', to: '2025-12-28T18:13:14+02:00' })).toEqual({
      from: '2025-12-28T16:13:14.000Z',
      to: '2025-12-28T16:13:14.000Z',
    });
    expect(withCursor({ from: null, to: '2025-12-28T16:13:14.500Z' })).toEqual({
      from: null,
      to: '2025-12-28T16:13:14.500Z',
    });
  });
});
