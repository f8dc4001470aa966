import type { CollectionDefinition } from '@tillstream/document-store';
import { COLLECTIONS } from '@tillstream/contracts';
import { aggregateCollection } from '@tillstream/processor';
import { LEASES_COLLECTION } from './application/lease.js';
import { OAUTH_STATES_COLLECTION } from './application/consent.js';
import { SWEEPS_COLLECTION } from './application/sweep.js';
import { TOKENS_COLLECTION } from './application/token-document.js';
import { effectLedger } from './domain/effect-ledger/index.js';
import { quickbooksWork } from './domain/work/index.js';

/** Every collection this service writes; names are stored state. */
export const QUICKBOOKS_WRITER_COLLECTIONS: readonly CollectionDefinition[] = [
  aggregateCollection(effectLedger, [['remoteKey']]),
  aggregateCollection(quickbooksWork, [['open']]),
  { name: TOKENS_COLLECTION, indexes: [['tenantId']] },
  { name: LEASES_COLLECTION, indexes: [] },
  { name: SWEEPS_COLLECTION, indexes: [] },
  { name: OAUTH_STATES_COLLECTION, indexes: [] },
  COLLECTIONS.realmStatus,
];
