import { type Entity, PROBLEM_CODES } from '@tillstream/contracts';
import type { ConnectionView, DocumentView, FailureView, RunView, SettingsView, TargetView } from '../api/views.js';
import { amountText, capitalized, entityName, listText, targetName, timeText, wordsOf } from '../text/format.js';
import { ended, remoteText, sentenceFor, skipWords } from './sentences.js';

/** Everything the explanation of one record is told from. */
export interface Evidence {
  readonly entity: Entity;
  /** As it was asked for. */
  readonly id: string;
  /** null = Tillstream has never seen the record. */
  readonly document: DocumentView | null;
  /** The failures of this record by target, and those that caused them by id. */
  readonly failures: readonly FailureView[];
  readonly causes: readonly FailureView[];
  readonly connections: readonly Pick<ConnectionView, 'platform'>[];
  readonly settings: Pick<SettingsView, 'orders' | 'quickbooks'>;
  /** The newest run of the entity. */
  readonly lastRun: RunView | null;
}

/** Why a record is where it is, or why it is not: plain sentences, most important first. Pure. */
export function explain(evidence: Evidence): string[] {
  const { document } = evidence;
  if (document === null) return explainUnseen(evidence);
  const lines = [sourceSentence(evidence, document)];
  for (const target of targetsOf(evidence, document)) lines.push(...targetSentences(target, evidence, document));
  const history = historyLines(document);
  return history.length === 0 ? lines : [...lines, '', 'How it got there:', ...history];
}

function sourceSentence({ entity, id }: Evidence, { source, sourceNumber, sourceId }: DocumentView): string {
  const number =
    sourceNumber === null || sourceNumber === '' || sourceId.endsWith(`:${sourceNumber}`)
      ? ''
      : ` (number ${sourceNumber})`;
  const name = `${capitalized(entityName(entity))} ${id}${number}`;
  if (source === null) return `${name} is not known from the shop yet.`;
  const total = source.total === null ? '' : `, ${amountText(source.total)}`;
  const tax = source.totalTax === null ? '' : ` (tax ${amountText(source.totalTax)})`;
  return `${name} in the shop: ${source.status}${total}${tax}.`;
}

/** Every target that is connected or knows of the record. */
function targetsOf({ connections }: Evidence, { targets }: DocumentView): string[] {
  const connected = connections.map(({ platform }) => platform).filter((platform) => platform !== 'woocommerce');
  return [...new Set<string>([...connected, ...Object.keys(targets)])].toSorted();
}

function targetSentences(name: string, evidence: Evidence, document: DocumentView): string[] {
  const target = document.targets[name];
  const label = targetName(name);
  if (!target)
    return [`${label}: nothing has been asked of it for this ${entityName(evidence.entity)}${notAsked(evidence)}.`];
  const failure = evidence.failures.find((each) => each.target === name);
  switch (target.state) {
    case 'synced':
      return [`${label}: in step. ${whereSentence(target)}`];
    case 'pending':
      return [`${label}: it waits for its turn.${thereAlready(target)}`];
    case 'skipped':
      return [`${label}: left out, ${skipWords(target.code)}.${thereAlready(target)}`];
    case 'held':
    case 'failed':
    case 'retrying':
      return [
        `${label}: ${stateWords(target, failure)}${thereAlready(target)}`,
        ...whatToDo(target, failure, evidence),
      ];
  }
}

function notAsked({ entity, settings }: Evidence): string {
  const withOrders = entity === 'customers' && settings.quickbooks.customers === 'withOrders';
  return withOrders ? ' (customers without an order are left out: setting quickbooks.customers)' : '';
}

function whereSentence(target: TargetView): string {
  const linked = target.linked.map((each) => remoteText(each));
  const own = target.remoteId === null ? [] : [remoteText(target)];
  const documents = [...own, ...linked];
  const since = target.syncedAt === null ? '' : `since ${timeText(target.syncedAt)}`;
  if (documents.length === 0) return since === '' ? 'Nothing had to be written.' : `Written ${since}.`;
  return `${ended(`${listText(documents)}, ${since}`.replace(/, $/, ''))}`;
}

/** A record can be in trouble although an earlier state of it is in the target. */
function thereAlready(target: TargetView): string {
  return target.remoteId === null ? '' : ` ${remoteText(target)} is there.`;
}

function stateWords({ state, code }: TargetView, failure: FailureView | undefined): string {
  const since = failure ? ` since ${timeText(failure.firstFailedAt)}` : '';
  const message = failure?.message ?? titleOf(code);
  if (state === 'held') return `held${since}. ${ended(message)}`;
  if (state === 'failed') return `failed${since}. ${ended(message)}`;
  const next = failure?.nextAttemptAt ? `next attempt at ${timeText(failure.nextAttemptAt)}` : 'it goes on by itself';
  const attempts = failure ? ` after ${failure.attempts} attempts` : '';
  return `not written yet${attempts}, ${next}. ${ended(message)}`;
}

function whatToDo({ code }: TargetView, failure: FailureView | undefined, { causes }: Evidence): string[] {
  const cause = causes.find(({ id }) => id === failure?.causedBy);
  if (cause) {
    const record = `${entityName(cause.entity)} ${cause.entityId}`;
    return [
      `  It only waits for the ${record}: ${ended(cause.message)}`,
      `  To do: ${ended(cause.action)} Then: tillstream retry ${cause.id}`,
    ];
  }
  const action = failure?.action ?? actionOf(code);
  if (action === '') return [];
  const again =
    failure && failure.state === 'open' ? ` Then, if it does not go on by itself: tillstream retry ${failure.id}` : '';
  return [`  To do: ${ended(action)}${again}`];
}

function titleOf(code: string | null): string {
  return known(code)?.title ?? (code === null ? 'The reason is not known' : wordsOf(code));
}

function actionOf(code: string | null): string {
  return known(code)?.action ?? '';
}

function known(code: string | null) {
  if (code === null || !Object.hasOwn(PROBLEM_CODES, code)) return undefined;
  return PROBLEM_CODES[code as keyof typeof PROBLEM_CODES];
}

/** The same sentence several times in a row (attempts) is told once. */
function historyLines({ events }: DocumentView): string[] {
  const told: { at: string; text: string; times: number }[] = [];
  for (const event of events) {
    const text = sentenceFor(event);
    const last = told.at(-1);
    if (text === null) continue;
    if (last?.text === text) last.times += 1;
    else told.push({ at: event.occurredAt, text, times: 1 });
  }
  return told.map(({ at, text, times }) => `  ${timeText(at)}  ${text}${times === 1 ? '' : ` (${times} times)`}`);
}

function explainUnseen({ entity, id, settings, lastRun, connections }: Evidence): string[] {
  const noun = entityName(entity);
  const lines = [`Tillstream has never taken in ${noun} ${id}.`];
  if (!connections.some(({ platform }) => platform === 'woocommerce')) {
    return [...lines, 'The shop is not connected: tillstream connections set woocommerce < shop.json'];
  }
  if (entity === 'orders') lines.push(selectionSentence(settings.orders));
  lines.push(lastRunSentence(entity, lastRun));
  lines.push(`Ask the shop about it, without writing anything: tillstream sync ${entity} --ids ${id} --dry-run`);
  return lines;
}

function selectionSentence({ statuses, createdFrom }: SettingsView['orders']): string {
  const which = `Runs take orders with the status ${listText(statuses, 'or')}`;
  if (createdFrom === null) {
    return `${which}; no start date is chosen yet, so QuickBooks gets none: tillstream settings set orders.createdFrom <date>|all`;
  }
  const since = createdFrom === 'all' ? 'whenever they were created' : `created on or after ${createdFrom}`;
  return `${which}, ${since}: an order with another status${createdFrom === 'all' ? '' : ' or an older one'} is left alone.`;
}

function lastRunSentence(entity: Entity, run: RunView | null): string {
  if (run === null) return `No run of ${entity} has been made yet: tillstream sync ${entity}`;
  const { syncId, mode, status, requestedAt } = run;
  return `The last run of ${entity} was ${syncId} (${mode}, ${wordsOf(status)}, ${timeText(requestedAt)}): a record that is younger comes with the next one.`;
}
