import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventReport } from './kcat-report.mjs';

const schema = JSON.parse(
  readFileSync(new URL('../proto/events/sync.events.v1.schema.json', import.meta.url), 'utf8'),
) as object;
const KEY = 'default:orders:woo:7';
const absent = {
  id: 'e1',
  type: 'EffectProvenAbsent',
  schemaVersion: 1,
  producer: 'quickbooks_ledger/a',
  seq: 1,
  eventNumber: 1,
  tenantId: 'default',
  occurredAt: '2026-01-01T00:00:00.000Z',
  facts: { realmId: '9', kind: 'invoice', sourceId: 'woo:7', revision: 1, requestId: 'r' },
};

describe('what is checked of the events that kcat reads', () => {
  let report: EventReport;
  beforeEach(() => {
    report = new EventReport(schema);
  });
  const add = (event: unknown, key = KEY) =>
    report.add({ partition: 2, offset: 5, key, value: typeof event === 'string' ? event : JSON.stringify(event) });

  it('counts good ones by type, and repeats, which are no problem', () => {
    for (const seq of [1, 2, 2, 1, 3]) add({ ...absent, seq });
    expect(report).toMatchObject({ read: 5, matching: 5, repeated: 2, problems: [] });
    expect([...report.counts]).toEqual([['EffectProvenAbsent', 5]]);
  });

  it('takes fields it does not know', () => {
    add({ ...absent, traceId: 't', facts: { ...absent.facts, more: 1 } });
    expect(report.matching).toBe(1);
  });

  it.each([
    ['no JSON', '{"type":', KEY, 'the value is not JSON'],
    ['null', 'null', KEY, 'unknown does not match'],
    ['an unknown type', { ...absent, type: 'Unheard' }, KEY, 'not said to carry this type'],
    ['a wrong field', { ...absent, facts: { ...absent.facts, kind: 'bill' } }, KEY, '/facts/kind must be equal'],
    ['another schema version', { ...absent, schemaVersion: 2 }, KEY, '/schemaVersion must be equal'],
    ["somebody else's key", absent, 'default:orders:woo:8', 'the key of EffectProvenAbsent'],
    ['a gap', { ...absent, seq: 3 }, KEY, 'seq 3 of a producer follows 0'],
  ])('names %s with its place', (_, event, key, problem) => {
    add(event, key);
    expect(report).toMatchObject({ read: 1, matching: 0 });
    expect(report.problems).toEqual([expect.stringContaining(problem)]);
    expect(report.problems[0]).toContain('partition 2 offset 5');
  });
});
