import type { LogRecord } from '@tillstream/event-log';
import type { IHeaders, KafkaMessage } from 'kafkajs';

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** A message as a record. Foreign producers may leave key or value out: both read as ''. */
export function toRecord(topic: string, partition: number, message: KafkaMessage): LogRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    key: message.key?.toString('utf8') ?? '',
    headers: toHeaders(message.headers),
    value: message.value?.toString('utf8') ?? '',
    time: Number(message.timestamp),
  };
}

function toHeaders(headers: IHeaders | undefined): Readonly<Record<string, string>> {
  const entries = Object.entries(headers ?? {});
  if (entries.length === 0) return NO_HEADERS;
  return Object.fromEntries(entries.map(([name, value]) => [name, text(Array.isArray(value) ? value[0] : value)]));
}

const text = (value: Buffer | string | undefined) =>
  value === undefined ? '' : typeof value === 'string' ? value : value.toString('utf8');
