import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeEvent, encodeEvent, EVENTS } from './events.js';
import { PROBLEM_CODES } from './problem-codes.js';
import { defaultSettings, Settings } from './settings.js';
import { eventId, type StoredEvent } from './stored-event.js';
import { allTopicDefinitions, deadLetterTopic, TOPICS } from './topics.js';

const settled: StoredEvent = {
  id: eventId('runs/a', 'sync.progress.v1', 1),
  type: 'RecordSettled',
  schemaVersion: 1,
  producer: 'runs/a',
  seq: 1,
  eventNumber: 1,
  tenantId: 'default',
  occurredAt: '2026-01-01T00:00:00.000Z',
  facts: { syncId: 'run_1', ordinal: 0, target: 'quickbooks', outcome: 'created', remoteCalls: 2, error: null },
};

describe('events', () => {
  it('survive the way through a topic', () => {
    expect(decodeEvent(encodeEvent(settled))).toEqual(settled);
  });

  it.each([
    ['not JSON', '{"id":'],
    ['no envelope', '{}'],
    ['a schema version of the future', JSON.stringify({ ...settled, schemaVersion: 2 })],
    ['an unknown type', JSON.stringify({ ...settled, type: 'SomethingElse' })],
    ['a type named like an object property', JSON.stringify({ ...settled, type: 'constructor' })],
    ['facts of another shape', JSON.stringify({ ...settled, facts: { ordinal: -1 } })],
  ])('are refused with %s', (_, value) => {
    expect(() => decodeEvent(value)).toThrow(
      expect.objectContaining({ code: 'event_undecodable', family: 'permanent' }),
    );
  });

  it('have ids that tell producer, topic and seq apart', () => {
    const ids = [eventId('a', 't', 1), eventId('a', 't', 2), eventId('b', 't', 1), eventId('a', 'u', 1)];
    expect(new Set(ids).size).toBe(4);
    expect(eventId('a', 't', 1)).toBe(ids[0]);
  });

  it('are named in the past tense or as a request, never twice', () => {
    expect(Object.keys(EVENTS).length).toBeGreaterThan(20);
    for (const type of Object.keys(EVENTS)) expect(type).toMatch(/^[A-Z][A-Za-z]+$/);
  });
});

describe('topics', () => {
  it('have versioned names, stable partition counts and a dead-letter topic each', () => {
    const definitions = allTopicDefinitions();
    for (const { name, partitions } of Object.values(TOPICS)) {
      expect(name).toMatch(/^[a-z]+(\.[a-z]+)*\.v\d+$/);
      expect(partitions).toBeGreaterThan(0);
      expect(definitions.map((d) => d.name)).toContain(deadLetterTopic(name));
    }
    expect(new Set(definitions.map((d) => d.name)).size).toBe(definitions.length);
  });

  it('stand in ARCHITECTURE.md with key and partitions', () => {
    const text = readFileSync(new URL('../../../ARCHITECTURE.md', import.meta.url), 'utf8');
    const rows = Object.values(TOPICS).map(({ name, key, partitions }) => {
      const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
      return [name, row.includes(`\`${key}\``) && row.includes(`| ${partitions} |`)];
    });
    expect(rows).toEqual(Object.values(TOPICS).map(({ name }) => [name, true]));
  });
});

describe('settings', () => {
  it('have the defaults of the contract', () => {
    expect(defaultSettings()).toEqual({
      orders: { statuses: ['processing', 'completed', 'refunded'], createdFrom: null },
      quickbooks: {
        salesDocument: 'invoice',
        documentDate: 'created',
        docNumberPrefix: '',
        customers: 'withOrders',
        customerForGuests: 'perEmail',
        itemType: 'nonInventory',
        createMissingItems: true,
        createMissingAccounts: true,
        accounts: {},
        tax: { mode: 'auto' },
        rounding: { maxAdjustmentMinor: null },
        refundUnallocatedTax: 'none',
        onOrderCancelled: 'hold',
      },
      supabase: { tablePrefix: 'woo_' },
    });
  });

  it('refuse unknown keys and bad rate sets', () => {
    expect(Settings.safeParse({ quickBooks: {} }).success).toBe(false);
    expect(Settings.safeParse({ quickbooks: { tax: { codeByWooRates: { '1+2': '7' } } } }).success).toBe(true);
    expect(Settings.safeParse({ quickbooks: { tax: { codeByWooRates: { '1,2': '7' } } } }).success).toBe(false);
  });
});

describe('problem codes', () => {
  it('tell a person what happened and what to do', () => {
    for (const [code, problem] of Object.entries(PROBLEM_CODES)) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(problem.title.length).toBeGreaterThan(10);
      expect(problem.action).toMatch(/\.$/);
    }
  });
});
