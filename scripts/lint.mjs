import { runGates } from './gates.mjs';

process.exit(runGates().failed === 0 ? 0 : 1);
