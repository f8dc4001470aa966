import type { OrchestratorLimits } from '@tillstream/orchestrator';
import { orchestratorService } from '@tillstream/orchestrator';
import { projectorService } from '@tillstream/projector';
import { queryApiService } from '@tillstream/query-api';
import { quickbooksWriterService, type WriterOptions } from '@tillstream/quickbooks-writer';
import type { ServiceDefinition } from '@tillstream/service-host';
import { supabaseWriterService, type WriterOptions as SupabaseWriterOptions } from '@tillstream/supabase-writer';

/** Every service of the distributed profile, the one that people talk to first. */
export const SERVICES = ['query-api', 'orchestrator', 'quickbooks-writer', 'supabase-writer', 'projector'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What tests and the demo change; `npm start` and containers run each service's own main, which changes nothing. */
export interface ServiceTuning {
  readonly orchestrator?: Partial<OrchestratorLimits>;
  readonly quickbooks?: Partial<WriterOptions>;
  readonly supabase?: Partial<SupabaseWriterOptions>;
}

export function definitionOf(
  name: ServiceName,
  { orchestrator, quickbooks, supabase }: ServiceTuning,
): ServiceDefinition {
  switch (name) {
    case 'query-api':
      return queryApiService();
    case 'orchestrator':
      return orchestratorService(orchestrator);
    case 'quickbooks-writer':
      return quickbooksWriterService(quickbooks);
    case 'supabase-writer':
      return supabaseWriterService(supabase);
    case 'projector':
      return projectorService();
  }
}
