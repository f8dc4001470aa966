import { COLLECTIONS } from '@tillstream/contracts';
import type { ServiceDefinition } from '@tillstream/service-host';
import type { OrchestratorLimits } from './application/deps.js';
import { createOrchestrator, ORCHESTRATOR_COLLECTIONS } from './application/orchestrator.js';
import { wooSource } from './outbound/woo-source.js';

/** The orchestrator as a process of its own. */
export function orchestratorService(limits: Partial<OrchestratorLimits> = {}): ServiceDefinition {
  return {
    name: 'orchestrator',
    collections: [...ORCHESTRATOR_COLLECTIONS, COLLECTIONS.connections, COLLECTIONS.settings],
    start: async (parts) => {
      const orchestrator = createOrchestrator({ ...parts, openSource: wooSource(parts), limits });
      await orchestrator.start();
      return orchestrator;
    },
  };
}
