import { SILENT_LOGGER } from '@tillstream/observability';
import { kafkaClient } from './client/connection.js';
import { logError } from './errors.js';
import type { KafkaEventLogOptions } from './open.js';

/** Removes these topics and everything in them: what a demo, a test or a benchmark made for itself. Missing ones are fine. */
export async function dropKafkaTopics({
  connection,
  topics,
  topicPrefix = '',
}: Pick<KafkaEventLogOptions, 'connection' | 'topics' | 'topicPrefix'>): Promise<void> {
  const admin = kafkaClient(connection, SILENT_LOGGER).admin();
  try {
    await admin.connect();
    const existing = new Set(await admin.listTopics());
    const names = topics.map(({ name }) => topicPrefix + name).filter((name) => existing.has(name));
    if (names.length > 0) await admin.deleteTopics({ topics: names });
  } catch (thrown) {
    throw logError(thrown);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
