import { COLLECTIONS } from '@tillstream/contracts';
import type { CollectionDefinition } from '@tillstream/document-store';
import { aggregateCollection } from '@tillstream/processor';
import { supabaseWork } from './domain/work/index.js';

/** Every collection this service writes; names are stored state. */
export const SUPABASE_WRITER_COLLECTIONS: readonly CollectionDefinition[] = [
  aggregateCollection(supabaseWork, [['open']]),
  COLLECTIONS.projectStatus,
];
