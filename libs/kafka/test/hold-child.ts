// A consumer as a process of its own, to be stopped in the middle of a batch: prints `begun <offset>`, holds the batch
// until it was paused and resumed, then `done <offset>`; later batches pass at once.
import { SystemClock } from '@tillstream/kernel';
import { openKafkaEventLog } from '../src/index.js';

const [brokers = '', topicPrefix = '', topic = '', group = ''] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const HOLD_MS = 1000;
/** A turn longer than this means that the process was stopped meanwhile. */
const GAP_MS = 500;
let held = false;

/** `since`: before anybody was told, because whoever was told may stop this process at once. */
async function untilStoppedOnce(since: number): Promise<void> {
  for (let before = since; ; before = Date.now()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (Date.now() - before > GAP_MS) break;
  }
  await new Promise((resolve) => setTimeout(resolve, HOLD_MS));
}

const log = await openKafkaEventLog({
  connection: { brokers: brokers.split(','), clientId: 'held' },
  topics: [{ name: topic, partitions: 1, retentionMs: null }],
  topicPrefix,
  sessionTimeoutMs: 1500,
  clock: new SystemClock(),
});
await log.subscribe({
  group,
  topics: [topic],
  maxBatch: 1,
  handler: async ({ records }) => {
    const since = Date.now();
    say(`begun ${records[0]?.offset}`);
    if (!held) {
      held = true;
      await untilStoppedOnce(since);
    }
    say(`done ${records[0]?.offset}`);
  },
});
