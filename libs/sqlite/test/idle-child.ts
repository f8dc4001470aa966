// Child of the idle spec: follows a topic, handles one record, and then has nothing to do.
import { writeSync } from 'node:fs';
import { SystemClock } from '@tillstream/kernel';
import { openEmbeddedStorage } from '../src/index.js';

const topics = [{ name: 'idle.v1', partitions: 8, retentionMs: null }];
const { log } = openEmbeddedStorage({
  dataDir: process.argv[2] ?? '',
  topics,
  collections: [],
  clock: new SystemClock(),
});
await log.subscribe({ group: 'g', topics: ['idle.v1'], handler: async () => void writeSync(1, 'handled\n') });
await log.append([{ topic: 'idle.v1', key: 'k', value: '{}' }]);
