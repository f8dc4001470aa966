import type { CollectionDefinition } from '@tillstream/document-store';
import { COLLECTIONS } from '@tillstream/contracts';
import { aggregateCollection } from '@tillstream/processor';
import { LEASES_COLLECTION } from './company/lease.js';
import { OAUTH_STATES_COLLECTION } from './connection/consent.js';
import { NUMBERS_COLLECTION } from './knowledge/number-claims.js';
import { SWEEPS_COLLECTION } from './ledger/sweep.js';
import { TOKENS_COLLECTION } from './company/token-document.js';
import { effectLedger } from './ledger/domain/index.js';
import { quickbooksWork } from './queue/work/index.js';

/** Every collection this service writes; names are stored state. */
export const QUICKBOOKS_WRITER_COLLECTIONS: readonly CollectionDefinition[] = [
  aggregateCollection(effectLedger, [['remoteKey']]),
  aggregateCollection(quickbooksWork, [['open']]),
  { name: TOKENS_COLLECTION, indexes: [['tenantId']] },
  { name: LEASES_COLLECTION, indexes: [] },
  { name: SWEEPS_COLLECTION, indexes: [] },
  { name: OAUTH_STATES_COLLECTION, indexes: [] },
  { name: NUMBERS_COLLECTION, indexes: [] },
  COLLECTIONS.realmStatus,
];
