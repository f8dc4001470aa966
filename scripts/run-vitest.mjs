// Runs vitest and takes the counts from its own report.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './gates.mjs';

/** `{ passed, failed }` of one vitest run; a run that leaves no report or executes nothing counts as one failure. */
export function runVitest(args) {
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
