// Child of the crash spec: consumes the inputs topic into counters and dies at the given crash point.
// Arguments: data folder, crash point (or `none`), which hit of it kills.
import { writeSync } from 'node:fs';
import { SystemClock } from '@tillstream/kernel';
import { openEmbeddedStorage } from '@tillstream/sqlite';
import { killAt, SILENT_LOGGER } from '@tillstream/testing';
import { createAggregateRuntime } from '../src/index.js';
import { COLLECTION_DEFINITIONS, counter, INPUTS, inputOf, TOPIC_DEFINITIONS } from './counter.js';

const [, , dataDir = '', point = 'none', occurrence = '1'] = process.argv;
const clock = new SystemClock();
const crash = killAt(point, Number(occurrence));
const { log, store, close } = (() => {
  const options = { dataDir, topics: TOPIC_DEFINITIONS, collections: COLLECTION_DEFINITIONS, clock, crash };
  const storage = openEmbeddedStorage(options);
  return { ...storage, close: () => storage.close() };
})();

const runtime = createAggregateRuntime(counter, { log, store, clock, crash, logger: SILENT_LOGGER });
await runtime.recover();
await runtime.execute('timer:1', { add: 1 });
const subscription = await log.subscribe({
  group: 'counters',
  topics: [INPUTS],
  maxBatch: 4,
  handler: async ({ records }) => {
    await runtime.handle(records.map(inputOf));
  },
});
const done = async () => {
  const [ends, committed] = [await log.endOffsets(INPUTS), await log.committedOffsets('counters', INPUTS)];
  return ends.every((end, partition) => committed[partition] === end);
};
while (!(await done())) await clock.sleep(2);
await subscription.stop();
await runtime.settleOutboxes();
await close();
writeSync(1, 'done\n');
