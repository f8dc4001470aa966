import { z } from 'zod';
import { EVENTS, type EventType } from './events.js';
import { WrittenDocument } from './record-events.js';
import { RunAccepted, RunRequest, RunScanAdvanced, RunSelection } from './run-events.js';
import { StoredEvent } from './stored-event.js';
import { EVENT_ABOUT, TOPIC_EVENTS } from './topic-events.js';
import { TOPICS, type TopicName, type TopicRow } from './topics.js';
import { RemoteError, RunCounts } from './vocabulary.js';

/** A JSON Schema document, as JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** What a consumer needs to know about the envelope, by field. */
const ENVELOPE: Readonly<Record<keyof StoredEvent, string>> = {
  id: 'Of the event: the same event appended twice has the same id.',
  type: 'What happened; decides what `facts` look like.',
  schemaVersion: 'Of the event type. Another number is another schema.',
  producer: 'Who tells it: one state document, `<collection>/<id>`.',
  seq: 'Gapless and growing per producer and topic. Drop what is not higher than the highest seen.',
  eventNumber: 'Gapless and growing per producer over all its topics.',
  tenantId: 'Whose event it is.',
  occurredAt: 'RFC 3339, UTC, with milliseconds.',
  facts: 'Ids, hashes, amounts, outcomes; no personal data.',
  payload: 'Personal data and bodies; absent where there is none, and after erasure.',
};

/** Parts that many events share, by the name under which a schema file defines them once. */
const SHARED = { RunRequest, RunSelection, RunAcceptance: RunAccepted, RunCounts, WrittenDocument, RemoteError };

/**
 * The published schema of a topic's values (JSON Schema 2020-12): one of the topic's events, told apart by `type`. Open
 * to unknown fields, because consumers must be: new ones appear within a version.
 */
export function topicSchema(topic: TopicName): JsonSchema {
  const types: readonly EventType[] = TOPIC_EVENTS[topic];
  const registry = z.registry<{ id?: string; description?: string }>();
  for (const [id, schema] of Object.entries(SHARED)) registry.add(schema, { id });
  registry.add(RunScanAdvanced.shape.position, { id: 'AnyJson' });
  const events = types.map((type) => eventSchema(type, registry));
  const { $defs, oneOf } = z.toJSONSchema(z.discriminatedUnion('type', events as [(typeof events)[0]]), {
    target: 'draft-2020-12',
    metadata: registry,
    override: ({ jsonSchema }) => open(jsonSchema),
  });
  const { about, key, producers }: TopicRow = rowOf(topic);
  return {
    $schema: DIALECT,
    $id: `urn:tillstream:events:${topic}`,
    title: `Events of ${topic}`,
    description: `${sentence(about)} Key: \`${key}\`. Produced by ${producers.join(', ')}.`,
    oneOf,
    $defs,
  };
}

function eventSchema(type: EventType, registry: ReturnType<typeof z.registry<{ id?: string; description?: string }>>) {
  const shape = {
    ...StoredEvent.shape,
    type: z.literal(type),
    occurredAt: z.iso.datetime(),
    facts: z.object({ ...EVENTS[type].shape }),
    payload: z.looseObject({}).optional(),
  };
  for (const [field, description] of Object.entries(ENVELOPE)) {
    registry.add(shape[field as keyof typeof shape], { description });
  }
  const schema = z.object(shape);
  registry.add(schema, { id: type, description: EVENT_ABOUT[type] });
  return schema;
}

/** Unknown fields are allowed; bounds that only say "fits a double" and patterns that repeat the format are left out. */
function open(node: z.core.JSONSchema.BaseSchema): void {
  if (node.additionalProperties === false) delete node.additionalProperties;
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
  if (node.format !== undefined) delete node.pattern;
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
}

function rowOf(topic: TopicName): TopicRow {
  const row = Object.values(TOPICS).find(({ name }) => name === topic);
  if (!row) throw new RangeError(`no topic ${topic}`);
  return row;
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
