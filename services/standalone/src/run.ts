import type { Config } from '@tillstream/config';
import { asError, type Clock, type CrashPoints, PermanentError } from '@tillstream/kernel';
import { createLogger, type Logger } from '@tillstream/observability';
import { startStandalone, type Standalone, type StandaloneOptions } from './compose.js';

export interface ProcessOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly crash?: CrashPoints;
  readonly quickbooks?: NonNullable<StandaloneOptions['quickbooks']>;
}

/** Contract section 1: exit 0 within 10 s of SIGTERM. Parts bound themselves below this; it is the last resort. */
const STOP_TIMEOUT_MS = 9_500;

/** Starts the product, says so in one JSON line on stdout, and stops it on SIGTERM or SIGINT. */
export async function runUntilSignal(options: ProcessOptions): Promise<void> {
  const { config } = options;
  if (config.profile === 'distributed') {
    throw new PermanentError(
      'profile_unavailable',
      'this version runs the embedded profile only; set TILLSTREAM_PROFILE=embedded',
    );
  }
  const logger = createLogger({ level: config.logLevel });
  const product = await startStandalone({ ...options, logger });
  if (product.newAdminKeyFile) logger.info({ file: product.newAdminKeyFile }, 'the first admin key was generated');
  const { httpUrl, dataDir } = product;
  process.stdout.write(
    `${JSON.stringify({ event: 'ready', httpUrl, grpcUrl: null, dataDir, profile: config.profile })}\n`,
  );
  const stop = () => void stopAndExit(product, logger);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

async function stopAndExit(product: Standalone, logger: Logger): Promise<void> {
  // Real time on purpose: whoever sent the signal waits in real time.
  const lastResort = setTimeout(() => {
    logger.error({}, 'stopping took too long; what was in flight lies durable and is resolved at the next start');
    process.exit(0);
  }, STOP_TIMEOUT_MS);
  lastResort.unref();
  try {
    await product.stop();
    process.exit(0);
  } catch (thrown) {
    logger.error({ error: asError(thrown).message }, 'stopping failed');
    process.exit(1);
  }
}
