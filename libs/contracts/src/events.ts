import { PermanentError } from '@tillstream/kernel';
import type { z } from 'zod';
import { CONFIG_EVENTS } from './config-events.js';
import { PLAN_EVENTS } from './plan-events.js';
import { RECORD_EVENTS } from './record-events.js';
import { RUN_EVENTS } from './run-events.js';
import { StoredEvent } from './stored-event.js';

/** Every event type with the schema of its facts. */
export const EVENTS = { ...RUN_EVENTS, ...RECORD_EVENTS, ...PLAN_EVENTS, ...CONFIG_EVENTS } as const;
export type EventType = keyof typeof EVENTS;
export type FactsOf<T extends EventType> = z.infer<(typeof EVENTS)[T]>;

/** A decoded event: the union over all types, so that a `switch (event.type)` narrows the facts. */
export type SyncEvent = {
  [T in EventType]: Omit<StoredEvent, 'type' | 'facts'> & { readonly type: T; readonly facts: FactsOf<T> };
}[EventType];

function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENTS, type);
}

/** Decodes a topic value. Throws `event_undecodable` for bad JSON, an unknown type or schema version, or bad facts (D9). */
export function decodeEvent(value: string): SyncEvent {
  const envelope = StoredEvent.safeParse(parseJson(value));
  if (!envelope.success) throw undecodable('not an event of schema version 1', envelope.error);
  const { type } = envelope.data;
  if (!isEventType(type)) throw undecodable(`unknown event type ${type.slice(0, 60)}`);
  const facts = EVENTS[type].safeParse(envelope.data.facts);
  if (!facts.success) throw undecodable(`facts of ${type} do not match their schema`, facts.error);
  return { ...envelope.data, type, facts: facts.data } as SyncEvent;
}

export function encodeEvent(event: StoredEvent): string {
  return JSON.stringify(event);
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw undecodable('not JSON', cause);
  }
}

function undecodable(why: string, cause?: unknown): PermanentError {
  return new PermanentError('event_undecodable', `event cannot be decoded: ${why}`, { cause });
}
