import { runCli } from './cli.js';
import { processTerminal } from './terminal/terminal.js';

const exitCode = await runCli(process.argv.slice(2), processTerminal(process));
// Ended on purpose: under an older Node a channel to the process in front would keep this one alive (scripts/run.mjs).
// Not before everything printed has left, where a pipe takes its time.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
