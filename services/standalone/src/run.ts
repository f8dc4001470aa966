import path from 'node:path';
import type { Config } from '@tillstream/config';
import { asError, type Clock, type CrashPoints } from '@tillstream/kernel';
import { createLogger, type Logger } from '@tillstream/observability';
import { keepHeapSmall, onStopSignal } from '@tillstream/service-host';
import { startStandalone, type Standalone, type StandaloneOptions } from './compose.js';
import { removeInstanceFile, writeInstanceFile } from './instance-file.js';

export interface ProcessOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly crash?: CrashPoints;
  readonly quickbooks?: NonNullable<StandaloneOptions['quickbooks']>;
}

/** Starts the product, says so in one JSON line on stdout, and stops it on SIGTERM or SIGINT. */
export async function runUntilSignal(options: ProcessOptions): Promise<void> {
  keepHeapSmall();
  // Absolute, so that whoever reads the ready line from elsewhere finds the folder.
  const config = { ...options.config, dataDir: path.resolve(options.config.dataDir) };
  const logger = createLogger({ level: config.logLevel });
  const stopRequested = onStopSignal(logger);
  const product = await startStandalone({ ...options, config, logger });
  if (product.newAdminKeyFile) logger.info({ file: product.newAdminKeyFile }, 'the first admin key was generated');
  const { httpUrl, dataDir } = product;
  writeInstanceFile(dataDir, { url: httpUrl, pid: process.pid });
  process.stdout.write(
    `${JSON.stringify({ event: 'ready', httpUrl, grpcUrl: null, dataDir, profile: config.profile })}\n`,
  );
  void stopRequested.then(() => stopAndExit(product, logger));
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
