import { COLLECTIONS } from '@tillstream/contracts';
import type { ServiceDefinition } from '@tillstream/service-host';
import { createProjector } from './projector.js';
import { READ_MODELS } from './rebuild/shadows.js';

/** The projector as a process of its own. */
export function projectorService(): ServiceDefinition {
  return {
    name: 'projector',
    collections: Object.values(COLLECTIONS).filter(({ name }) => READ_MODELS.includes(name)),
    start: async (parts) => {
      const projector = createProjector(parts);
      await projector.start();
      return projector;
    },
  };
}
