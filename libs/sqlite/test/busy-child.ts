// Child of the backup specs: appends, writes a document about it in the same commit and stores a group's offsets, over
// and over; prints the number of each. Argument: data folder.
import { writeSync } from 'node:fs';
import { SystemClock } from '@tillstream/kernel';
import { openEmbeddedStorage } from '../src/index.js';
import { BUSY } from './busy.js';

const { log, store } = openEmbeddedStorage({ ...BUSY, dataDir: process.argv[2] ?? '', clock: new SystemClock() });
await log.subscribe({ group: 'g', topics: ['busy.v1'], handler: async () => {} });
const first = await store.count('docs');
for (let n = first; ; n += 1) {
  const value = JSON.stringify({ n, filler: 'x'.repeat((n * 37) % 3000) });
  await Promise.all([
    log.append([0, 1, 2].map((part) => ({ topic: 'busy.v1', key: `${n}:${part}`, value }))),
    store.bulkWrite([{ op: 'put', collection: 'docs', id: String(n), doc: { n }, expectedVersion: 0 }]),
  ]);
  writeSync(1, `${n}\n`);
}
