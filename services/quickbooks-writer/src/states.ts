import { TOPICS } from '@tillstream/contracts';
import { reviewable, type Reviewable } from '@tillstream/processor';
import { effectLedger } from './ledger/domain/index.js';
import { quickbooksWork } from './queue/work/index.js';

/** The states of this service and the topics each is folded from (I5). */
export const QUICKBOOKS_WRITER_STATES: readonly Reviewable[] = [
  reviewable(quickbooksWork, [TOPICS.events.name, TOPICS.results.name]),
  reviewable(effectLedger, [TOPICS.events.name]),
];
