import { TOPICS } from '@tillstream/contracts';
import { reviewable, type Reviewable } from '@tillstream/processor';
import { supabaseWork } from './domain/work/index.js';

/** The states of this service and the topics each is folded from (I5). */
export const SUPABASE_WRITER_STATES: readonly Reviewable[] = [
  reviewable(supabaseWork, [TOPICS.events.name, TOPICS.results.name]),
];
