export type { WriterDeps } from './writer-parts.js';
export { QUICKBOOKS_WRITER_COLLECTIONS } from './collections.js';
export { DEFAULT_WRITER_OPTIONS, type WriterOptions } from './options.js';
export { QUICKBOOKS_WRITER_STATES } from './states.js';
export { createQuickBooksWriter, type QuickBooksWriter } from './writer.js';
export { quickbooksWriterService } from './service.js';
