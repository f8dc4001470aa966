import { COLLECTIONS } from '@tillstream/contracts';
import { InvariantError } from '@tillstream/kernel';
import type { ServiceDefinition } from '@tillstream/service-host';
import { createQueryApi } from './query-api.js';

/** The API as a process of its own: REST at TILLSTREAM_PORT with health and metrics beside it, gRPC at TILLSTREAM_GRPC_PORT. */
export function queryApiService(): ServiceDefinition {
  return {
    name: 'query-api',
    collections: Object.values(COLLECTIONS),
    servesHealth: true,
    start: async (parts) => {
      const { config, dependencies } = parts;
      const { adminKey, publicUrl, allowPrivateTargets, host, port, grpcPort } = config;
      // libs/config refuses a distributed profile without it.
      if (adminKey === null) throw new InvariantError('config_incomplete', 'TILLSTREAM_ADMIN_KEY is missing');
      const api = createQueryApi({
        ...parts,
        config: { adminKey, publicUrl, allowPrivateTargets },
        host,
        port,
        grpcPort,
        health: dependencies,
      });
      const { url, grpcUrl } = await api.start();
      return {
        health: () => api.health(),
        stop: () => api.stop(),
        addresses: { httpUrl: url, grpcUrl },
      };
    },
  };
}
