import path from 'node:path';
import type { Config } from '@tillstream/config';
import { asError, type Clock, type CrashPoints } from '@tillstream/kernel';
import { createLogger, type Logger } from '@tillstream/observability';
import { startStandalone, type Standalone, type StandaloneOptions } from './compose.js';
import { removeInstanceFile, writeInstanceFile } from './instance-file.js';
import { keepHeapSmall } from './memory.js';

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
  keepHeapSmall();
  // Absolute, so that whoever reads the ready line from elsewhere finds the folder.
  const config = { ...options.config, dataDir: path.resolve(options.config.dataDir) };
  const logger = createLogger({ level: config.logLevel });
  const stopRequested = onStopSignal(logger);
  const product = await startStandalone({ ...options, config, logger });
  if (product.newAdminKeyFile) logger.info({ file: product.newAdminKeyFile }, 'the first admin key was generated');
  const { httpUrl, grpcUrl, dataDir } = product;
  writeInstanceFile(dataDir, { url: httpUrl, pid: process.pid });
  process.stdout.write(`${JSON.stringify({ event: 'ready', httpUrl, grpcUrl, dataDir, profile: config.profile })}\n`);
  void stopRequested.then(() => stopAndExit(product, logger));
}

/**
 * Resolves at the first signal. The handlers stay: one Ctrl-C arrives twice (from the terminal and from npm), and the
 * second must not cut the stop short. A signal during the start counts as soon as the start is done.
 */
function onStopSignal(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = () => {
      // Real time on purpose: whoever sent the signal waits in real time.
      setTimeout(() => exitAnyway(logger), STOP_TIMEOUT_MS).unref();
      resolve();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}

function exitAnyway(logger: Logger): void {
  logger.error({}, 'stopping took too long; what was in flight lies durable and is resolved at the next start');
  process.exit(0);
}

async function stopAndExit(product: Standalone, logger: Logger): Promise<void> {
  try {
    removeInstanceFile(product.dataDir);
    await product.stop();
    process.exit(0);
  } catch (thrown) {
    logger.error({ error: asError(thrown).message }, 'stopping failed');
    process.exit(1);
  }
}
