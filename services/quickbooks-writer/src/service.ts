import { COLLECTIONS } from '@tillstream/contracts';
import type { ServiceDefinition } from '@tillstream/service-host';
import { QUICKBOOKS_WRITER_COLLECTIONS } from './collections.js';
import type { WriterOptions } from './options.js';
import { createQuickBooksWriter } from './writer.js';

/** The QuickBooks writer as a process of its own; its leases end with its sessions (D14). */
export function quickbooksWriterService(options: Partial<WriterOptions> = {}): ServiceDefinition {
  return {
    name: 'quickbooks-writer',
    collections: [...QUICKBOOKS_WRITER_COLLECTIONS, COLLECTIONS.connections, COLLECTIONS.settings],
    start: async (parts) => {
      const { http, sessionTimeoutMs } = parts;
      const send = http.send.bind(http);
      const writer = createQuickBooksWriter({ ...parts, send, options: { sessionTimeoutMs, ...options } });
      await writer.start();
      return writer;
    },
  };
}
