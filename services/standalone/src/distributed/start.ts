import type { Config } from '@tillstream/config';
import { asError } from '@tillstream/kernel';
import { createLogger } from '@tillstream/observability';
import { onStopSignal } from '@tillstream/service-host';
import { Fleet } from './fleet.js';

/**
 * `npm start` with TILLSTREAM_PROFILE=distributed: every service in a process of its own on this machine, one ready line
 * when all of them are. Deployments run the services one by one instead (deploy/).
 */
export async function startDistributed(config: Config): Promise<void> {
  const logger = createLogger({ level: config.logLevel }).child({ service: 'start' });
  const stopRequested = onStopSignal(logger);
  const fleet = new Fleet({ env: environment(), tell: true });
  void stopRequested.then(async () => {
    await fleet.stop();
    process.exit(0);
  });
  try {
    await fleet.start();
  } catch (thrown) {
    await fleet.stop();
    throw asError(thrown);
  }
  const [api] = fleet.of('query-api');
  const { httpUrl, grpcUrl } = api?.ready ?? { httpUrl: null, grpcUrl: null };
  const { profile } = config;
  process.stdout.write(`${JSON.stringify({ event: 'ready', httpUrl, grpcUrl, dataDir: null, profile })}\n`);
}

function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
