import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aRequestInput, NOW, SHOP } from '../../../test/support/builders.js';
import { entitySync } from './aggregate.js';
import type { EntitySyncEvent, EntitySyncInput } from './inputs.js';

const step = fc.record({
  action: fc.constantFrom('scan', 'ids', 'finish', 'finishOther', 'repeat'),
  pick: fc.nat(20),
  idempotencyKey: fc.option(fc.constantFrom('a', 'b'), { nil: null }),
  waitMs: fc.constantFrom(0, 1000, 13 * 3_600_000),
});

describe('the slot', () => {
  it('is never held twice, whatever the order of requests, repeats and ends', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = entitySync.initial('demo:orders');
        let now = NOW;
        let next = 0;
        const open = new Set<string>();
        const history: EntitySyncEvent[] = [];
        const accepted: string[] = [];
        for (const { action, pick, idempotencyKey, waitMs } of steps) {
          now += waitMs;
          const known = accepted[pick % Math.max(1, accepted.length)] ?? 'run_unknown';
          const request = { syncId: action === 'repeat' ? known : `run_${next++}`, idempotencyKey };
          const finished = { syncId: known, entity: 'orders', status: 'completed', cursors: {}, sourceIdentity: SHOP };
          const input = (
            action === 'finish' || action === 'finishOther'
              ? { type: 'Finished', finished: action === 'finish' ? finished : { ...finished, syncId: 'run_x' } }
              : aRequestInput({}, action === 'ids' ? { ...request, ids: ['1'] } : request)
          ) as EntitySyncInput;
          const events = entitySync.decide(input, state, { now, tenantId: 'demo' });
          for (const event of events) {
            if (event.type === 'RunAccepted' && event.facts.scanning) open.add(event.facts.request.syncId);
            if (event.type === 'RunAccepted') accepted.push(event.facts.request.syncId);
            if (event.type === 'RunSlotReleased') open.delete(event.facts.syncId);
          }
          expect(open.size).toBeLessThanOrEqual(1);
          history.push(...events);
          state = events.reduce(entitySync.evolve, state);
        }
        expect(new Set(accepted).size).toBe(accepted.length);
        expect(history.reduce(entitySync.evolve, entitySync.initial('demo:orders'))).toEqual(state);
      }),
    );
  });
});
