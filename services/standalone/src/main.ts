import { type Config, loadConfig } from '@tillstream/config';
import { asError, PermanentError, SystemClock, TillstreamError } from '@tillstream/kernel';
import { runUntilSignal } from './run.js';

try {
  await runUntilSignal({ config: embeddedConfig(), clock: new SystemClock() });
} catch (thrown) {
  const code = thrown instanceof TillstreamError ? `${thrown.code}: ` : '';
  process.stderr.write(`tillstream: ${code}${asError(thrown).message}\n`);
  process.exit(1);
}

/** Says first that the profile is not there: what it would need besides helps nobody. */
function embeddedConfig(): Config {
  if (process.env.TILLSTREAM_PROFILE === 'distributed') {
    throw new PermanentError(
      'profile_unavailable',
      'this version runs the embedded profile only; set TILLSTREAM_PROFILE=embedded or leave it out',
    );
  }
  return loadConfig(process.env);
}
