import { type DocumentReadModel, Entity, Target } from '@tillstream/contracts';
import { shortSourceId } from '../documents/source-ids.js';
import type { LogEntry, LogLevel, LogsQuery } from './schemas.js';

const RANK: Readonly<Record<LogLevel, number>> = { info: 1, warn: 2, error: 3 };

/** A record's events as entries, newest first. Facts only: personal data is not in them (D4). Pure. */
export function entriesOf({ entity: text, sourceId, events }: DocumentReadModel): LogEntry[] {
  const entity = Entity.safeParse(text);
  if (!entity.success) return [];
  const about = { entity: entity.data, entityId: shortSourceId(sourceId), sourceId };
  return events.map((event) => ({ ...about, ...entryOf(event) })).toReversed();
}

type RecordEvent = DocumentReadModel['events'][number];

function entryOf({ id, type, occurredAt, facts }: RecordEvent): Omit<LogEntry, 'entity' | 'entityId' | 'sourceId'> {
  const problem = objectOf(facts['problem']);
  const target = Target.safeParse(facts['target']);
  return {
    id,
    at: occurredAt,
    level: levelOf(type, problem),
    type,
    target: target.success ? target.data : null,
    code: textOf(problem['code']) ?? textOf(facts['code']) ?? textOf(facts['reason']),
    syncId: textOf(facts['syncId']),
    message: textOf(problem['message']),
    facts: { ...facts },
  };
}

/** `error` waits for a person, `warn` goes on by itself. */
function levelOf(type: string, problem: Readonly<Record<string, unknown>>): LogLevel {
  if (type === 'EffectRejected') return 'warn';
  if (type !== 'FailureRecorded') return 'info';
  return problem['category'] === 'held' || problem['category'] === 'permanent' ? 'error' : 'warn';
}

export function matches(entry: LogEntry, { syncId, level, from, to }: LogsQuery): boolean {
  const at = Date.parse(entry.at);
  return (
    (syncId === undefined || entry.syncId === syncId) &&
    RANK[entry.level] >= RANK[level] &&
    (from === undefined || at >= Date.parse(from)) &&
    (to === undefined || at < Date.parse(to))
  );
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
