import type { Maintenance } from '@tillstream/contracts';
import type { Rebuilds } from '@tillstream/projector';
import type { EmbeddedStorage } from '@tillstream/sqlite';

/** What an operator can ask of an embedded instance's storage. */
export function embeddedMaintenance(storage: EmbeddedStorage, rebuilds: Rebuilds): Maintenance {
  return {
    storage: () => Promise.resolve(storage.figures()),
    startRebuild: () => Promise.resolve(rebuilds.start()),
    rebuild: (rebuildId) => Promise.resolve(rebuilds.view(rebuildId)),
  };
}
