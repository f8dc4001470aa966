import { describe, expect, it } from 'vitest';
import { FaultInjector, type FaultRule } from './faults.js';

const request = (path = '/a', method = 'POST', body = '') => ({ method, path, body });

/** Which of `count` equal requests the rule fires on (1-based). */
function firing(rule: FaultRule, count = 10, seed = 1): number[] {
  const injector = new FaultInjector({ rules: [rule], seed, now: () => 0 });
  return Array.from({ length: count }, (_, index) => index + 1).filter(() => injector.decide(request()).length > 0);
}

describe('fault rules', () => {
  it('fire always, on the nth, on every nth, and at most so many times', () => {
    expect(firing({ kind: 'delay' })).toHaveLength(10);
    expect(firing({ kind: 'delay', nth: 3 })).toEqual([3]);
    expect(firing({ kind: 'delay', every: 4 })).toEqual([4, 8]);
    expect(firing({ kind: 'delay', times: 2 })).toEqual([1, 2]);
  });

  it('fire by chance in the same places for the same seed', () => {
    const rule: FaultRule = { id: 'r', kind: 'delay', probability: 0.3 };
    const first = firing(rule, 1000, 7);
    expect(firing(rule, 1000, 7)).toEqual(first);
    expect(firing(rule, 1000, 8)).not.toEqual(first);
    expect(first.length).toBeGreaterThan(240);
    expect(first.length).toBeLessThan(360);
  });

  it('match by method, path and body, and count only what matches', () => {
    const match = { method: 'post', path: '/invoice\\b', bodyIncludes: '"1042"' };
    const injector = new FaultInjector({ rules: [{ kind: 'delay', nth: 2, match }], now: () => 5 });
    const hit = () => injector.decide(request('/v3/invoice?x', 'POST', '{"DocNumber":"1042"}')).length;
    expect(hit()).toBe(0);
    expect(injector.decide(request('/v3/invoice', 'GET', '"1042"'))).toEqual([]);
    expect(injector.decide(request('/v3/invoices', 'POST', '"1042"'))).toEqual([]);
    expect(injector.decide(request('/v3/invoice', 'POST', 'other'))).toEqual([]);
    expect(hit()).toBe(1);
    expect(injector.fired).toEqual([
      { ruleId: 'fault-1', kind: 'delay', method: 'POST', path: '/v3/invoice?x', at: 5 },
    ]);
  });

  it('are taken away by id', () => {
    const injector = new FaultInjector({ now: () => 0 });
    const id = injector.add({ kind: 'delay' });
    injector.add({ kind: 'emptyOk' });
    injector.clear(id);
    expect(injector.decide(request()).map(({ kind }) => kind)).toEqual(['emptyOk']);
  });
});
