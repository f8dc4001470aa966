import type { EventType } from './events.js';
import { TOPICS, type TopicName } from './topics.js';

/**
 * Which event types each topic carries. The published schemas (proto/events) are made from this table, and `publication`
 * refuses an event on a topic that does not list it, when the code is compiled.
 */
export const TOPIC_EVENTS = {
  [TOPICS.requests.name]: ['RunRequested', 'RunCancelRequested'],
  [TOPICS.runs.name]: [
    'RunAccepted',
    'RunRefused',
    'RunReplayed',
    'RunSlotReleased',
    'RunOpened',
    'RunScanAdvanced',
    'RunScanClosed',
    'RunOutcomesRecorded',
    'RunProgressed',
    'RunFinished',
  ],
  [TOPICS.discovered.name]: ['RecordsDiscovered'],
  [TOPICS.progress.name]: ['RecordSettled'],
  [TOPICS.workQuickBooks.name]: ['WorkRequested'],
  [TOPICS.workSupabase.name]: ['RowsRequested'],
  [TOPICS.planQuickBooks.name]: ['PlanRequested'],
  [TOPICS.planSupabase.name]: ['PlanRequested'],
  [TOPICS.planAnswers.name]: ['PlanAnswered'],
  [TOPICS.plans.name]: ['RecordPlanned'],
  [TOPICS.results.name]: ['WorkSettled', 'WorkDeferred'],
  [TOPICS.events.name]: [
    'RecordObserved',
    'RecordSynced',
    'FailureRecorded',
    'FailureResolved',
    'FailureDiscarded',
    'WorkAccepted',
    'RowsAccepted',
    'EffectIntended',
    'EffectConfirmed',
    'EffectRejected',
    'EffectUnknown',
    'EffectProvenAbsent',
    'DuplicateDocumentFound',
  ],
  [TOPICS.config.name]: ['SettingsChanged', 'ConnectionChanged', 'FailureDiscardRequested'],
  [TOPICS.writerCommands.name]: ['TestQuickBooksConnection', 'BuildAuthorizeUrl', 'FinishAuthorization'],
  [TOPICS.writerReplies.name]: ['WriterReply'],
  [TOPICS.supabaseCommands.name]: ['TestSupabaseConnection'],
  [TOPICS.supabaseReplies.name]: ['WriterReply'],
} as const satisfies Record<TopicName, readonly EventType[]>;

/** The types that topic `Name` carries. */
export type EventOn<Name extends TopicName> = (typeof TOPIC_EVENTS)[Name][number];
/** The topics that carry events of type `T`. */
export type TopicOf<T extends EventType> = {
  [Name in TopicName]: T extends EventOn<Name> ? Name : never;
}[TopicName];

/** Where an aggregate publishes an event of that type; the type is asked for only to be checked by the compiler. */
export function publication<Name extends TopicName>(
  topic: Name,
  _type: EventOn<Name>,
  key: string,
): { readonly topic: Name; readonly key: string } {
  return { topic, key };
}

/** What happened, or what is asked for, one sentence per type. */
export const EVENT_ABOUT: Readonly<Record<EventType, string>> = {
  RunRequested: 'Somebody or something asks for a run.',
  RunCancelRequested: 'A run is to be cancelled.',
  RunAccepted: 'A run got the slot of its tenant and entity and begins.',
  RunRefused: 'A requested run does not begin; `code` says why.',
  RunReplayed: 'The request repeats an earlier one with the same idempotency key: the earlier run stands for it.',
  RunSlotReleased: 'The end of a run was taken note of: the next run may begin, cursors have moved.',
  RunOpened: "The run's own first event: what was accepted.",
  RunScanAdvanced: 'One page of the source was read and handed over.',
  RunScanClosed: 'No more pages follow: read to the end, cancelled, or the source failed.',
  RunOutcomesRecorded: 'Outcomes of records that the run had not known before.',
  RunProgressed: "A snapshot of a run's counts; the latest one counts.",
  RunFinished: 'A run ended, with the cursors it moves.',
  RecordsDiscovered: 'Source records found by a run, in one chunk; the raw records are in the payload.',
  RecordSettled: 'A record became final in one target of a run, or turned out not to count.',
  WorkRequested: 'A record is to be brought to QuickBooks; the record is in the payload.',
  RowsRequested: 'A record is to be brought to Supabase; the raw record is in the payload.',
  WorkAccepted: 'The QuickBooks writer took over a piece of work and will bring it to an end.',
  RowsAccepted: 'The Supabase writer keeps a piece of work until its project can be written.',
  WorkSettled: 'A piece of work is final until something changes: written, nothing to write, held, or failed.',
  WorkDeferred: 'A piece of work did not succeed yet and goes on by itself.',
  RecordObserved: 'A new state of a source record was seen.',
  RecordSynced: 'A record became final in a target, until something changes.',
  FailureRecorded: 'A record is held or failed in a target; the same failure is told again with each attempt.',
  FailureResolved: 'A failure is over: its record went through, or nothing is to be done any more.',
  FailureDiscarded: 'Somebody decided that a failure needs no more attention.',
  EffectIntended: 'A write to QuickBooks is about to be sent; the exact body is in the payload.',
  EffectConfirmed: 'A write to QuickBooks is known to have happened, and how that is known.',
  EffectRejected: 'QuickBooks refused a write.',
  EffectUnknown: 'Whether a write to QuickBooks happened is not known yet.',
  EffectProvenAbsent: 'A write of unknown outcome was proven not to have happened.',
  DuplicateDocumentFound: 'Two documents in QuickBooks stand for the same thing; nothing was deleted.',
  PlanRequested: 'A dry run asks what a target would get for a record; the record is in the payload.',
  PlanAnswered: 'What the target would get for a record, with the calls that would make; the diff is in the payload.',
  RecordPlanned: "One line of a dry run's plan, final; the diff is in the payload.",
  SettingsChanged: "A tenant's settings have a new version.",
  ConnectionChanged: 'A connection was made, changed or removed. Never with a secret.',
  FailureDiscardRequested: 'Somebody decided that a failure needs no more attention, and why.',
  TestQuickBooksConnection: 'The QuickBooks writer is to try its connection, reading only.',
  BuildAuthorizeUrl: 'The QuickBooks writer is asked where a person gives consent.',
  FinishAuthorization: 'A consent came back; its code is sealed.',
  TestSupabaseConnection: 'The Supabase writer is to try its connection, reading only.',
  WriterReply: 'The answer to a command, by its `replyTo`.',
};
