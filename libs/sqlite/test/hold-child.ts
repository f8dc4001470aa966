// Child of the lock specs: opens the data folder, says so, and keeps it until it is killed; or says why it cannot.
import { writeSync } from 'node:fs';
import { SystemClock } from '@tillstream/kernel';
import { openEmbeddedStorage } from '../src/index.js';

try {
  const storage = openEmbeddedStorage({
    dataDir: process.argv[2] ?? '',
    topics: [],
    collections: [],
    clock: new SystemClock(),
  });
  writeSync(1, 'open\n');
  // Uses it: the collection of a forgotten storage would close its files and free the folder.
  setInterval(() => storage.sizes(), 60_000);
} catch (error) {
  writeSync(1, `${String((error as { code?: unknown }).code)}\n`);
}
