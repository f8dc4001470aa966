// Child of the crash specs: appends records one after another and prints the number of each acknowledged append.
// Arguments: data folder, then optionally `torn` (kill in the middle of a transaction instead of being killed).
import { writeSync } from 'node:fs';
import { SystemClock } from '@tillstream/kernel';
import { openEmbeddedStorage } from '../src/index.js';

const [, , dataDir = ''] = process.argv;
const storage = openEmbeddedStorage({
  dataDir,
  topics: [{ name: 'crash.v1', partitions: 3, retentionMs: null }],
  collections: [{ name: 'docs', indexes: [['n']] }],
  clock: new SystemClock(),
});

for (let n = 0; n < 100_000; n += 1) {
  const value = JSON.stringify({ n, filler: 'x'.repeat((n * 37) % 3000) });
  await Promise.all([
    storage.log.append([0, 1, 2].map((part) => ({ topic: 'crash.v1', key: `${n}:${part}`, value }))),
    storage.store.bulkWrite([{ op: 'put', collection: 'docs', id: String(n), doc: { n }, expectedVersion: 0 }]),
  ]);
  writeSync(1, `${n}\n`);
}
