import { readFileSync } from 'node:fs';
import { type EventType, TOPIC_EVENTS, type TopicName } from '@tillstream/contracts';
import type { LogRecord } from '@tillstream/event-log';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALM_CLOCK, Product, required, soon } from './support/product.js';

const TOPIC_NAMES = Object.keys(TOPIC_EVENTS) as readonly TopicName[];
const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** Told only in trouble that this run does not have, or by nobody who consents here. */
const NOT_HERE: readonly EventType[] = [
  'BuildAuthorizeUrl',
  'FinishAuthorization',
  'WorkDeferred',
  'RowsAccepted',
  'EffectRejected',
  'EffectUnknown',
  'EffectProvenAbsent',
  'DuplicateDocumentFound',
];

interface Told {
  readonly type: EventType;
  readonly producer: string;
  readonly seq: number;
}

describe('the events of a run, as a foreign consumer reads them', () => {
  let product: Product;
  const records = new Map<TopicName, readonly LogRecord[]>();
  beforeAll(async () => {
    product = await Product.start({
      shop: { seed: 61, orders: 30, planted: { total_mismatch: 1, doc_number_taken: 1 } },
      supabase: {},
      clockFactor: CALM_CLOCK,
    });
    await workThrough(product);
    for (const topic of TOPIC_NAMES) records.set(topic, await readAll(product, topic));
  }, 120_000);
  afterAll(() => product.close());

  const told = (topic: TopicName): Told[] => (records.get(topic) ?? []).map(({ value }) => JSON.parse(value) as Told);

  it.each(TOPIC_NAMES)('match the published schema of %s', (topic) => {
    const validate = publishedSchema(topic);
    const wrong = (records.get(topic) ?? []).flatMap(({ value }) =>
      validate(JSON.parse(value)) ? [] : [{ value, errors: validate.errors }],
    );
    expect(wrong).toEqual([]);
    expect(told(topic).length).toBeGreaterThan(0);
  });

  it('are of every type that the topics are said to carry, and of no other', () => {
    const seen = new Map(TOPIC_NAMES.map((topic) => [topic, new Set(told(topic).map(({ type }) => type))]));
    const missing = TOPIC_NAMES.flatMap((topic) => {
      const types: readonly EventType[] = TOPIC_EVENTS[topic];
      return types.filter((type) => !NOT_HERE.includes(type) && seen.get(topic)?.has(type) !== true);
    });
    expect(missing).toEqual([]);
    for (const topic of TOPIC_NAMES)
      expect(TOPIC_EVENTS[topic]).toEqual(expect.arrayContaining([...(seen.get(topic) ?? [])]));
  });

  it('are numbered without a gap per producer and topic', () => {
    for (const topic of TOPIC_NAMES) {
      const highest = new Map<string, number>();
      for (const { producer, seq } of told(topic)) {
        const last = highest.get(producer) ?? 0;
        if (seq <= last) continue;
        expect([producer, seq]).toEqual([producer, last + 1]);
        highest.set(producer, seq);
      }
    }
  });
});

/** What weeks bring: every entity, a dry run, runs refused, repeated and cancelled, failures resolved and discarded. */
async function workThrough(product: Product): Promise<void> {
  const { api } = product;
  for (const platform of ['quickbooks', 'supabase']) {
    await api.expect([200], 'POST', `/api/connections/${platform}/test`, {});
  }
  await product.sync({ target: 'all', dryRun: true });
  for (const entity of ['products', 'customers']) await product.sync({ target: 'all' }, api, entity);
  // While there is still everything to write: a run with nothing to do may end before it can be cancelled or be in the way.
  const cancelled = await product.startRun({ target: 'all' });
  await api.expect([202], 'POST', `/api/sync/status/${cancelled}/cancel`, {});
  await product.finished(cancelled);
  const request = { mode: 'full', target: 'all', idempotencyKey: 'once' };
  const { syncId } = await api.expect<{ syncId: string }>([202], 'POST', '/api/sync/orders', request);
  await api.expect([409], 'POST', '/api/sync/orders', { mode: 'full' });
  await api.expect([202], 'POST', '/api/sync/orders', request);
  await product.finished(syncId);
  await workOnFailures(product);
}

async function workOnFailures(product: Product): Promise<void> {
  const held = [...(await product.held()).values()];
  const discarded = required(held.find(({ code }) => code === 'total_mismatch'));
  await product.api.expect([202], 'POST', `/api/sync/failures/${discarded.id}/discard`, { reason: 'by hand' });
  await soon(async () => !(await product.held()).has(discarded.entityId));
  await product.changeSettings({ quickbooks: { docNumberPrefix: 'W-' } });
  await soon(async () => (await product.held()).size === 0);
}

async function readAll(product: Product, topic: TopicName): Promise<LogRecord[]> {
  const ends = await product.log.endOffsets(topic);
  const partitions = await Promise.all(
    ends.map(async (end, partition) => (end === 0 ? [] : await product.log.read(topic, partition, 0, end))),
  );
  return partitions.flat();
}

function publishedSchema(topic: TopicName): ValidateFunction {
  const file = new URL(`../../../proto/events/${topic}.schema.json`, import.meta.url);
  const ajv = new Ajv2020({ allErrors: true, formats: { 'date-time': RFC_3339_UTC } });
  return ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
}
