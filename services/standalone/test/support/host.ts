import { loadConfig } from '@tillstream/config';
import { SILENT_LOGGER } from '@tillstream/observability';
import { tempDir } from '@tillstream/testing';
import { startStandalone } from '../../src/compose.js';
import { startDistributedHost } from './distributed-host.js';
import { ADMIN_KEY, type Host, type HostOptions, isDistributed } from './profile.js';

export function startHost(options: HostOptions): Promise<Host> {
  return isDistributed ? startDistributedHost(options) : startEmbedded(options);
}

async function startEmbedded(options: HostOptions): Promise<Host> {
  const folder = tempDir();
  const config = loadConfig({
    TILLSTREAM_DATA: folder.path,
    TILLSTREAM_PORT: '0',
    TILLSTREAM_GRPC_PORT: '0',
    TILLSTREAM_ADMIN_KEY: ADMIN_KEY,
    TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
  });
  const standalone = await startStandalone({ ...options, config, logger: SILENT_LOGGER });
  return {
    httpUrl: standalone.httpUrl,
    grpcUrl: standalone.grpcUrl ?? '',
    log: standalone.storage.log,
    stop: async () => {
      await standalone.stop();
      folder.remove();
    },
  };
}
