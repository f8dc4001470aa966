import { loadConfig } from '@tillstream/config';
import { asError, SystemClock, TillstreamError } from '@tillstream/kernel';
import { runUntilSignal } from './run.js';

try {
  await runUntilSignal({ config: loadConfig(process.env), clock: new SystemClock() });
} catch (thrown) {
  const code = thrown instanceof TillstreamError ? `${thrown.code}: ` : '';
  process.stderr.write(`tillstream: ${code}${asError(thrown).message}\n`);
  process.exit(1);
}
