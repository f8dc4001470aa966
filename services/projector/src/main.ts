import { runService } from '@tillstream/service-host';
import { projectorService } from './service.js';

await runService(projectorService());
