import path from 'node:path';
import type { Config } from '@tillstream/config';
import { asError, type Clock, type CrashPoints } from '@tillstream/kernel';
import { createLogger, type Logger, startTracing, type Tracing } from '@tillstream/observability';
import { keepHeapSmall, onStopSignal } from '@tillstream/service-host';
import { startStandalone, type Standalone, type StandaloneOptions } from './compose.js';
import { removeInstanceFile, writeInstanceFile } from './instance-file.js';

/** In traces. */
const VERSION = '0.1.0';

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
  const tracing = await startTracing({
    endpoint: config.otlpEndpoint,
    service: 'standalone',
    version: VERSION,
    logger,
  });
  const product = await startStandalone({ ...options, config, logger, traced: tracing.enabled });
  if (product.newAdminKeyFile) logger.info({ file: product.newAdminKeyFile }, 'the first admin key was generated');
  const { httpUrl, grpcUrl, dataDir } = product;
  writeInstanceFile(dataDir, { url: httpUrl, pid: process.pid });
  process.stdout.write(`${JSON.stringify({ event: 'ready', httpUrl, grpcUrl, dataDir, profile: config.profile })}\n`);
  void stopRequested.then(() => stopAndExit(product, tracing, logger));
}

async function stopAndExit(product: Standalone, tracing: Tracing, logger: Logger): Promise<void> {
  try {
    removeInstanceFile(product.dataDir);
    await product.stop();
    await tracing.shutdown();
    process.exit(0);
  } catch (thrown) {
    logger.error({ error: asError(thrown).message }, 'stopping failed');
    process.exit(1);
  }
}
