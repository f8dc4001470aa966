import { runService } from '@tillstream/service-host';
import { quickbooksWriterService } from './service.js';

await runService(quickbooksWriterService());
