export type { WriterDeps } from './application/writer-parts.js';
export { SUPABASE_WRITER_COLLECTIONS } from './collections.js';
export { DEFAULT_WRITER_OPTIONS, type WriterOptions } from './options.js';
export { SUPABASE_WRITER_STATES } from './states.js';
export { createSupabaseWriter, type SupabaseWriter } from './writer.js';
export { supabaseWriterService } from './service.js';
