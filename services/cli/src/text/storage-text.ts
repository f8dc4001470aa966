import type { StorageView } from '@tillstream/contracts';
import { bytesText, countText, timeText } from './format.js';

/** How much the data folder holds and how long it is kept. Pure. */
export function storageLines({ dataBytes, logBytes, walBytes, records, topics }: StorageView): string[] {
  const times = topics.flatMap(({ oldestAt }) => oldestAt ?? []).toSorted();
  const since = times[0] === undefined ? '' : ` since ${timeText(times[0])}`;
  return [
    `Data folder: ${bytesText(dataBytes)}; of it the log ${bytesText(logBytes)} (${countText(records, 'record')}${since}), the write-ahead file ${bytesText(walBytes)}.`,
    retentionSentence(topics),
  ];
}

function retentionSentence(topics: StorageView['topics']): string {
  const days = [...new Set(topics.flatMap(({ retentionDays }) => retentionDays ?? []))].toSorted((a, b) => a - b);
  if (days.length === 0) return 'Everything in the log is kept for ever.';
  const list = days.map((day) => countText(day, 'day')).join(' or ');
  return `Facts in the log are kept for ever, requests and commands for ${list}.`;
}
