import { runService } from '@tillstream/service-host';
import { queryApiService } from './service.js';

await runService(queryApiService());
