import { runService } from '@tillstream/service-host';
import { supabaseWriterService } from './service.js';

await runService(supabaseWriterService());
