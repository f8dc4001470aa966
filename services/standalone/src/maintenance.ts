import { type Maintenance, type StorageView, TOPICS } from '@tillstream/contracts';
import type { Rebuilds } from '@tillstream/projector';
import type { EmbeddedStorage } from '@tillstream/sqlite';

/** What an operator can ask of an embedded instance's storage. */
export function embeddedMaintenance(storage: EmbeddedStorage, rebuilds: Rebuilds): Maintenance {
  return {
    storage: () => figuresOf(storage),
    startRebuild: () => Promise.resolve(rebuilds.start()),
    rebuild: (rebuildId) => Promise.resolve(rebuilds.view(rebuildId)),
  };
}

async function figuresOf(storage: EmbeddedStorage): Promise<StorageView> {
  const { databaseBytes, walBytes } = storage.sizes();
  const topics = await Promise.all(
    Object.values(TOPICS).map(async ({ name, retentionMs }) => ({
      topic: name,
      records: (await storage.log.endOffsets(name)).reduce((sum, end) => sum + end, 0),
      bytes: null,
      retentionDays: retentionMs === null ? null : retentionMs / 86_400_000,
      oldestAt: null,
    })),
  );
  const records = topics.reduce((sum, topic) => sum + topic.records, 0);
  return { dataBytes: databaseBytes + walBytes, logBytes: databaseBytes, walBytes, records, topics };
}
