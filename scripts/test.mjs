// `npm test`: the static gates, then every test tier that needs no server. Last line: `N passed, N failed`, from the
// runners' own counts. Arguments go to vitest (`npm test -- libs/kernel`).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root, runGates } from './gates.mjs';

function runVitest(args) {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-test-'));
  const report = path.join(dir, 'report.json');
  const run = spawnSync(
    process.execPath,
    [
      path.join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  try {
    const { numPassedTests, numFailedTests, numTotalTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    // A file that fails to load has no test to fail: the exit code says so, and it must count.
    const failed = numFailedTests === 0 && run.status !== 0 ? 1 : numFailedTests;
    if (numTotalTestSuites === 0) return { passed: 0, failed: 1 };
    return { passed: numPassedTests, failed };
  } catch (error) {
    process.stdout.write(`vitest left no report: ${String(error)}\n`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const gates = runGates();
const specs = runVitest(process.argv.slice(2));
const passed = gates.passed + specs.passed;
const failed = gates.failed + specs.failed;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
