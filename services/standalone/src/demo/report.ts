import type { FaultKind, WooFaultKind } from '@tillstream/sandbox';
import type { AuditReport } from '../audit/audit.js';
import type { MirrorReport } from '../audit/mirror.js';
import type { FailureView } from '../client/api.js';

/** Text of the demo for a shop owner: plain words, right-aligned figures, no colour. Pure. */
export function amountText(minor: number, currency: string, digits: number): string {
  return `${(minor / 10 ** digits).toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${currency}`;
}

const FAULT_WORDS: Readonly<Record<FaultKind | WooFaultKind, string>> = {
  dropReplyAfterCommit: 'QuickBooks booked a document and the reply was lost',
  resetBeforeCommit: 'the connection to QuickBooks broke before anything happened',
  delay: 'a remote was slow',
  stillRunning: 'QuickBooks went on working after we had given up waiting',
  status: 'QuickBooks answered with an error (429 or 503)',
  truncatedJson: 'an answer arrived cut in half',
  emptyOk: 'QuickBooks answered "200 OK" with nothing in it',
  okWithFault: 'QuickBooks answered "200 OK" with an error inside',
  okWithHtml: 'QuickBooks answered "200 OK" with a web page',
  wrongEntity: 'QuickBooks answered with the wrong kind of object',
  staleSyncToken: 'somebody else changed an object at the same moment',
  expireToken: 'the access to QuickBooks expired in the middle',
  rotateAndLoseReply: 'the new access token was lost on the way',
  forgetRequestId: 'QuickBooks forgot a request id',
  wrongTotal: 'QuickBooks booked another total than asked for',
  html: 'the shop answered with an error page',
  reset: 'the connection to the shop broke',
  phpNotice: 'the shop printed a PHP notice before its answer',
  empty: 'the shop answered "200 OK" with nothing in it',
};

/** Faults of Supabase are told apart from those of QuickBooks, which have the same kinds. */
export type ShownFault = FaultKind | WooFaultKind | `supabase ${FaultKind}`;

const SUPABASE_WORDS: Partial<Record<FaultKind, string>> = {
  dropReplyAfterCommit: 'Supabase stored rows and the reply was lost',
  resetBeforeCommit: 'the connection to Supabase broke before anything happened',
  status: 'Supabase answered with an error (deadlock, no room, busy)',
  truncatedJson: 'an answer of Supabase arrived cut in half',
};

function wordsOf(kind: ShownFault): string {
  if (!kind.startsWith('supabase ')) return FAULT_WORDS[kind as FaultKind | WooFaultKind];
  const plain = kind.slice('supabase '.length) as FaultKind;
  return SUPABASE_WORDS[plain] ?? `Supabase: ${plain}`;
}

/** `12 x QuickBooks booked a document and the reply was lost`, most frequent first. */
export function faultLines(kinds: readonly ShownFault[]): string[] {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(wordsOf(kind), (counts.get(wordsOf(kind)) ?? 0) + 1);
  return [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .map(([words, count]) => `  ${String(count).padStart(4)} x ${words}`);
}

/** One line per reason, with the first order numbers and what to do. */
export function heldLines(failures: readonly FailureView[]): string[] {
  const byCode = new Map<string, FailureView[]>();
  for (const failure of failures) byCode.set(failure.code, [...(byCode.get(failure.code) ?? []), failure]);
  return [...byCode]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .flatMap(([code, group]) => {
      const numbers = group.map(({ sourceNumber, entityId }) => sourceNumber || entityId).slice(0, 4);
      const more = group.length > numbers.length ? ', …' : '';
      const [first] = group;
      return [
        `  ${String(group.length).padStart(4)} x ${code}: order ${numbers.join(', ')}${more}`,
        `         ${first?.message ?? ''}`,
        `         -> ${first?.action ?? ''}`,
      ];
    });
}

function mirrorRows({ rows, problems }: MirrorReport): (readonly [string, string])[] {
  const count = (...kinds: readonly string[]) => String(problems.filter(({ kind }) => kinds.includes(kind)).length);
  const tables = Object.entries(rows).map(([table, found]): [string, string] => [`  ${table}`, String(found)]);
  return [
    ['rows in Supabase', ''],
    ...tables,
    ['  missing or too many', count('row_missing', 'row_extra', 'row_twice')],
    ['  other than in the shop', count('raw_differs', 'amount_differs')],
    ['  versions that went back', count('went_back')],
  ];
}

export interface SummaryFacts {
  readonly report: AuditReport;
  readonly mirror: MirrorReport;
  readonly currency: string;
  readonly digits: number;
  readonly planted: number;
  readonly retries: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly refreshes: number;
}

export function summaryLines(facts: SummaryFacts): string[] {
  const { report, mirror, currency, digits, planted, retries, calls, refreshes } = facts;
  const count = (...kinds: readonly string[]) => report.problems.filter(({ kind }) => kinds.includes(kind)).length;
  const money = (minor: number) => amountText(minor, currency, digits);
  const rows: readonly (readonly [string, string])[] = [
    ['orders in the shop', String(report.orders)],
    ['  documents in QuickBooks', String(report.documents)],
    ['  held, with a reason', `${report.held} (planted: ${planted})`],
    ['  not to be booked (pending, cancelled, …)', String(report.skipped)],
    ['ordered, of what is booked', money(report.orderedMinor)],
    ['invoiced', money(report.invoicedMinor)],
    ['paid', money(report.paidMinor)],
    ['payments', String(report.payments)],
    ['cents off in total', String(count('total_off'))],
    ['cents off in tax', String(count('tax_off'))],
    ['payments that differ', String(count('payment_off', 'payment_missing', 'payment_unexpected'))],
    ['duplicates', String(count('duplicate', 'payment_duplicate'))],
    ['missing', String(count('missing'))],
    [
      'held for another reason than planted',
      String(count('held_unexpectedly', 'held_with_other_code', 'planted_but_not_held', 'planted_but_booked')),
    ],
    ['e-mails sent to customers', String(count('emailed'))],
    ...mirrorRows(mirror),
    ['calls spoiled by a fault', String(retries)],
    [
      'calls to shop / QuickBooks / Supabase / token server',
      `${calls['woocommerce'] ?? 0} / ${calls['quickbooks'] ?? 0} / ${calls['supabase'] ?? 0} / ${refreshes}`,
    ],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value.padStart(18)}`);
}
