import { EVENTS, type EventType, type FactsOf, PROBLEM_CODES, type WrittenDocument } from '@tillstream/contracts';
import { amountText, listText, targetName, timeText, wordsOf } from '../text/format.js';

/** One event of a record's history as REST shows it. */
export interface HistoryEvent {
  readonly type: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What an event tells a person, or null for what only machines need. Pure. */
export function sentenceFor({ type, facts }: HistoryEvent): string | null {
  const tell = isKnown(type) ? SENTENCES[type] : undefined;
  if (!tell) return isKnown(type) ? null : `${type}.`;
  const parsed = EVENTS[type as EventType].safeParse(facts);
  // Written by another version: better its bare name than nothing.
  return parsed.success ? (tell as (facts: unknown) => string | null)(parsed.data) : `${type}.`;
}

function isKnown(type: string): type is EventType {
  return Object.hasOwn(EVENTS, type);
}

const SENTENCES: { readonly [T in EventType]?: (facts: FactsOf<T>) => string | null } = {
  RecordObserved: ({ status, totalMinor, totalTaxMinor, currency }) => {
    if (totalMinor === null || currency === null) return `Seen in the shop: ${status}.`;
    const tax = totalTaxMinor === null ? '' : ` (tax ${amountText({ amountMinor: totalTaxMinor, currency })})`;
    return `Seen in the shop: ${status}, ${amountText({ amountMinor: totalMinor, currency })}${tax}.`;
  },
  WorkAccepted: ({ target, reason }) => {
    const why = {
      changed: '',
      retry: ', because a retry was asked for',
      recheck: ', because something it waited for changed',
    };
    return `${targetName(target)}: its turn was noted${why[reason]}.`;
  },
  RecordSynced: ({ target, outcome, reason, documents }) => {
    if (outcome === 'held' || outcome === 'failed') return null;
    if (outcome === 'skipped') return `${targetName(target)}: left out, ${skipWords(reason)}.`;
    const written = documents.map(documentText);
    const what = written.length === 0 ? '' : `: ${listText(written)}`;
    return `${targetName(target)}: ${outcome}${what}.`;
  },
  EffectIntended: ({ kind, operation, revision, predictedTotalMinor }) => {
    const again = revision > 1 ? `, attempt with another content (${revision})` : '';
    const total = predictedTotalMinor === null ? '' : ', total as in the shop';
    return `QuickBooks: about to ${operation} the ${kind}${total}${again}.`;
  },
  EffectConfirmed: ({ kind, remoteId, docNumber, totalMinor, currency, by }) => {
    const number = docNumber === null ? '' : ` number ${docNumber}`;
    const total =
      totalMinor === null || currency === null ? '' : ` over ${amountText({ amountMinor: totalMinor, currency })}`;
    return `QuickBooks: ${kind}${number} (id ${remoteId})${total} ${CONFIRMED[by]}.`;
  },
  EffectRejected: ({ kind, code, remote }) => {
    const fault = remote?.faultDetail ?? remote?.faultCode;
    return `QuickBooks: refused the ${kind}, ${wordsOf(code)}${fault === undefined ? '' : ` (${fault})`}.`;
  },
  FailureRecorded: ({ target, problem, state, attempts, nextAttemptAt }) => {
    const next = state === 'retrying' && nextAttemptAt ? ` Next attempt at ${timeText(nextAttemptAt)}.` : '';
    const what = state === 'retrying' ? 'not done yet' : problem.category === 'held' ? 'held' : 'failed';
    return `${targetName(target)}: ${what} (${problem.code}, attempt ${attempts}): ${ended(problem.message)}${next}`;
  },
  FailureResolved: ({ target }) => `${targetName(target)}: what was wrong is settled.`,
  FailureDiscarded: ({ target, reason }) => `${targetName(target)}: somebody chose to leave it ("${reason}").`,
};

const CONFIRMED = {
  reply: 'is there',
  lookup: 'is there; the answer had been lost, a look-up found it',
  adoption: 'was there before and is used',
} as const;

/** `Invoice 1042 (id 145) over 44.28 USD`. */
export function documentText(document: WrittenDocument): string {
  const { remoteType, remoteId, docNumber, totalMinor, currency } = document;
  const total = totalMinor === null || currency === null ? null : { amountMinor: totalMinor, currency };
  return remoteText({ remoteType, remoteId, docNumber, total });
}

export function remoteText(remote: {
  readonly remoteType: string | null;
  readonly remoteId: string | null;
  readonly docNumber: string | null;
  readonly total: { readonly amountMinor: number; readonly currency: string } | null;
}): string {
  const { remoteType, remoteId, docNumber, total } = remote;
  const number = docNumber === null ? '' : ` ${docNumber}`;
  const over = total === null ? '' : ` over ${amountText(total)}`;
  return `${remoteType ?? 'Document'}${number} (id ${remoteId ?? '?'})${over}`;
}

const SKIPPED: Readonly<Record<string, string>> = {
  before_start_date: 'it was created before the start date (setting orders.createdFrom)',
  status_left: 'its status is not among the synced ones (setting orders.statuses)',
  source_not_found: 'the shop does not have it',
  discarded: 'somebody chose to leave it until it changes',
};

export function skipWords(code: string | null): string {
  if (code === null) return 'nothing to do';
  const known = Object.hasOwn(PROBLEM_CODES, code) ? PROBLEM_CODES[code as keyof typeof PROBLEM_CODES] : undefined;
  return SKIPPED[code] ?? (known ? lowered(known.title) : wordsOf(code));
}

function lowered(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}

/** With a full stop, whatever it ended with. */
export function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
