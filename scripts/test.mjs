// `npm test`: the static gates, then every test tier that needs no server. Last line: `N passed, N failed`, from the
// runners' own counts. Arguments go to vitest (`npm test -- libs/kernel`).
import { runGates } from './gates.mjs';
import { runVitest } from './run-vitest.mjs';

const gates = runGates();
const specs = runVitest(process.argv.slice(2));
const passed = gates.passed + specs.passed;
const failed = gates.failed + specs.failed;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
