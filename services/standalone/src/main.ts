import { loadConfig } from '@tillstream/config';
import { asError, SystemClock, TillstreamError } from '@tillstream/kernel';
import { startDistributed } from './distributed/start.js';
import { runUntilSignal } from './run.js';

try {
  const config = loadConfig(process.env);
  if (config.profile === 'distributed') await startDistributed(config);
  else await runUntilSignal({ config, clock: new SystemClock() });
} catch (thrown) {
  const code = thrown instanceof TillstreamError ? `${thrown.code}: ` : '';
  process.stderr.write(`tillstream: ${code}${asError(thrown).message}\n`);
  process.exit(1);
}
