import { runService } from '@tillstream/service-host';
import { orchestratorService } from './service.js';

await runService(orchestratorService());
