import { eventLogContract } from '@tillstream/event-log/contract-suite';
import { SystemClock } from '@tillstream/kernel';
import { distributedStack } from '@tillstream/testing';
import { openKafkaEventLog } from './index.js';

const FEATURES = { gaplessOffsets: false, deliveryMs: 30_000 };

eventLogContract(
  'Kafka',
  async (topics) => {
    const stack = await distributedStack();
    const open = () =>
      openKafkaEventLog({
        connection: { brokers: stack.brokers, clientId: 'contract' },
        topics,
        topicPrefix: stack.prefix,
        clock: new SystemClock(),
      });
    let log = await open();
    return {
      get log() {
        return log;
      },
      reopen: async () => {
        await log.close();
        log = await open();
      },
      dispose: async () => {
        await log.close();
        await stack.stop();
      },
    };
  },
  FEATURES,
);
