import { readOptions, USAGE, UsageError } from './cli/options.js';
import { runSandboxes } from './cli/run.js';

/** `npm run sandbox`: all remotes as a process of their own, which outlives whatever talks to them. */
async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const running = await runSandboxes(readOptions(process.argv.slice(2)));
  const stop = () => {
    void running.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write(`${JSON.stringify(running.ready)}\n`);
}

try {
  await main();
} catch (thrown) {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  process.stderr.write(`sandbox: ${message}\n${thrown instanceof UsageError ? `${USAGE}\n` : ''}`);
  process.exit(2);
}
