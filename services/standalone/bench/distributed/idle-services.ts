import { generateMasterKey } from '@tillstream/credentials';
import type { DistributedStack, Figure } from '@tillstream/testing';
import { productEnvironment } from '../../src/supervised/process.js';
import { withDatabase } from './database.js';
import { idleFigures, type IdleTimes, type StartedServices } from './idle.js';

/** Starts every service as a process of its own with this environment. */
export type StartServices = (options: { readonly env: Readonly<Record<string, string>> }) => Promise<StartedServices>;

/** The idle figures of what `start` starts on the stack, with topics, database and keys of its own. */
export function idleOf(start: StartServices, times?: IdleTimes) {
  return (stack: DistributedStack): Promise<readonly Figure[]> =>
    withDatabase(stack.mongoUri, `${stack.prefix}idle`, (mongoUri) =>
      idleFigures(() => start({ env: environmentOf(stack, mongoUri) }), times),
    );
}

function environmentOf({ brokers, prefix }: DistributedStack, mongoUri: string): Record<string, string> {
  const { TILLSTREAM_DATA: _embedded, ...common } = productEnvironment('');
  return {
    ...common,
    TILLSTREAM_PROFILE: 'distributed',
    TILLSTREAM_MASTER_KEY: generateMasterKey(),
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TOPIC_PREFIX: `${prefix}idle-`,
    MONGODB_URI: mongoUri,
  };
}
