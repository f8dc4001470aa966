import { documentStoreContract } from '@tillstream/document-store/contract-suite';
import { eventLogContract } from '@tillstream/event-log/contract-suite';
import { reopenable } from '../test/open.js';

eventLogContract('SQLite', async (topics) => reopenable({ topics }));
documentStoreContract('SQLite', async (collections) => reopenable({ collections }));
