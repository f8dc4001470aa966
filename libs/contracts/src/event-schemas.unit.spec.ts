import { describe, expect, it } from 'vitest';
import { topicSchema } from './event-schemas.js';
import { EVENTS } from './events.js';
import { publication, TOPIC_EVENTS } from './topic-events.js';
import { TOPICS } from './topics.js';

const schemas = Object.values(TOPICS).map(({ name }) => topicSchema(name));

/** Every object inside a JSON value. */
function nodes(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(nodes);
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner];
}

describe('the table of what topics carry', () => {
  it('has every event type on some topic', () => {
    const carried: readonly string[] = Object.values(TOPIC_EVENTS).flat();
    expect(Object.keys(EVENTS).filter((type) => !carried.includes(type))).toEqual([]);
  });

  it('decides, when the code is compiled, what may be published where', () => {
    const { events, runs } = TOPICS;
    expect(publication(events.name, 'RecordSynced', 'k')).toEqual({ topic: 'sync.events.v1', key: 'k' });
    // @ts-expect-error sync.runs.v1 does not carry it
    publication(runs.name, 'RecordSynced', 'k');
  });
});

describe('published schemas', () => {
  it('have an id of their own and say what one reads there', () => {
    expect(new Set(schemas.map((schema) => schema['$id'])).size).toBe(schemas.length);
    for (const schema of schemas) {
      expect(schema).toMatchObject({ title: expect.any(String), description: expect.stringContaining('Key: `') });
    }
  });

  it('tell the types apart by `type` alone', () => {
    for (const [topic, types] of Object.entries(TOPIC_EVENTS)) {
      const schema = schemas.find(({ $id }) => $id === `urn:tillstream:events:${topic}`);
      expect(schema?.['oneOf']).toEqual(types.map((type) => ({ $ref: `#/$defs/${type}` })));
      for (const type of types) {
        expect(schema).toMatchObject({ $defs: { [type]: { properties: { type: { const: type } } } } });
      }
    }
  });

  it('refuse no unknown field: new ones appear within a version', () => {
    const closed = schemas.flatMap(nodes).filter((node) => node['additionalProperties'] === false);
    expect(closed).toEqual([]);
  });
});
