// `npm run test:distributed`: the specs that need a real Kafka and a MongoDB-compatible server (`*.dist.spec.ts`), over
// one stack for the whole run (deploy/local). Without any way to get one it fails and says what is missing.
// Last line: `N passed, N failed`. Arguments go to vitest.
import { runVitest } from './run-vitest.mjs';

const { passed, failed } = runVitest(['--config', 'vitest.distributed.config.ts', ...process.argv.slice(2)]);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
