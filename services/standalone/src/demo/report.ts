import type { FaultKind, WooFaultKind } from '@tillstream/sandbox';
import type { AuditReport } from '../audit/audit.js';
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

/** `12 x QuickBooks booked a document and the reply was lost`, most frequent first. */
export function faultLines(kinds: readonly (FaultKind | WooFaultKind)[]): string[] {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(FAULT_WORDS[kind], (counts.get(FAULT_WORDS[kind]) ?? 0) + 1);
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

export interface SummaryFacts {
  readonly report: AuditReport;
  readonly currency: string;
  readonly digits: number;
  readonly planted: number;
  readonly retries: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly refreshes: number;
}

export function summaryLines({ report, currency, digits, planted, retries, calls, refreshes }: SummaryFacts): string[] {
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
    ['calls spoiled by a fault', String(retries)],
    [
      'calls to shop / QuickBooks / token server',
      `${calls['woocommerce'] ?? 0} / ${calls['quickbooks'] ?? 0} / ${refreshes}`,
    ],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value.padStart(18)}`);
}
