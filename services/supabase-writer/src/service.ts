import { COLLECTIONS } from '@tillstream/contracts';
import type { ServiceDefinition } from '@tillstream/service-host';
import { SUPABASE_WRITER_COLLECTIONS } from './collections.js';
import type { WriterOptions } from './options.js';
import { createSupabaseWriter } from './writer.js';

/** The Supabase writer as a process of its own. */
export function supabaseWriterService(options: Partial<WriterOptions> = {}): ServiceDefinition {
  return {
    name: 'supabase-writer',
    collections: [...SUPABASE_WRITER_COLLECTIONS, COLLECTIONS.connections, COLLECTIONS.settings],
    start: async (parts) => {
      const { http, config } = parts;
      const send = http.send.bind(http);
      const { allowPrivateTargets } = config;
      const writer = createSupabaseWriter({ ...parts, send, allowPrivateTargets, options });
      await writer.start();
      return writer;
    },
  };
}
