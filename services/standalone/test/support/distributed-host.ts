import { loadConfig } from '@tillstream/config';
import { createSecrets, generateMasterKey } from '@tillstream/credentials';
import { createHttpClient } from '@tillstream/http-client';
import { NO_CRASH_POINTS, SystemIds } from '@tillstream/kernel';
import { createMetrics, SILENT_LOGGER } from '@tillstream/observability';
import { openPorts, type RunningService, SESSION_TIMEOUT_MS } from '@tillstream/service-host';
import { distributedStack, eventually, ownServer } from '@tillstream/testing';
import { Place } from '../../src/distributed/place.js';
import { definitionOf, SERVICES, type ServiceName } from '../../src/distributed/roster.js';
import { ADMIN_KEY, type Host, type HostOptions } from './profile.js';

const READY_MS = 60_000;

/**
 * Every service with connections and memory of its own, as in its own process, but in this one: starting five processes
 * for each case would measure this machine. The demo and the fault cases run processes.
 */
export async function startDistributedHost(options: HostOptions): Promise<Host> {
  const stack = await distributedStack();
  const store = await freshStore(stack.mongoUri);
  const place = new Place({ brokers: stack.brokers.join(','), mongoUri: store.uri });
  await place.createTopics();
  const context = contextOf(place, options);
  const running: { service: RunningService; close: () => Promise<void> }[] = [];
  for (const name of [...SERVICES].reverse()) running.push(await startOne(name, context));
  await eventually(() => running.every(({ service }) => service.health().ok), { timeoutMs: READY_MS });
  const log = await place.openLog('tillstream-test');
  const [addresses] = running.flatMap(({ service }) => service.addresses ?? []);
  return {
    httpUrl: addresses?.httpUrl ?? '',
    grpcUrl: addresses?.grpcUrl ?? '',
    log,
    stop: async () => {
      for (const { service } of running.toReversed()) await service.stop();
      await Promise.all([log.close(), ...running.map(({ close }) => close())]);
      await place.remove();
      await store.stop();
      await stack.stop();
    },
  };
}

/**
 * The MongoDB-compatible server of the local stack writes slower with every collection it ever had (750 updates/s at
 * first, 100 after thirty databases), so each case begins with a new one. A real server, in a container or given, does not
 * need that.
 */
async function freshStore(uri: string): Promise<{ readonly uri: string; stop(): Promise<void> }> {
  if (process.env['STACK_KIND'] !== 'processes') return { uri, stop: async () => {} };
  const server = await ownServer('mongo');
  return { uri: server.address, stop: () => server.stop() };
}

function contextOf(place: Place, options: HostOptions) {
  const masterKey = generateMasterKey();
  const config = loadConfig({
    ...place.environment,
    TILLSTREAM_PORT: '0',
    TILLSTREAM_GRPC_PORT: '0',
    TILLSTREAM_ADMIN_KEY: ADMIN_KEY,
    TILLSTREAM_MASTER_KEY: masterKey,
    TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
  });
  return { ...options, config, secrets: createSecrets({ current: masterKey }) };
}

async function startOne(name: ServiceName, { clock, config, secrets, ...tuning }: ReturnType<typeof contextOf>) {
  const common = { config, clock, logger: SILENT_LOGGER, crash: NO_CRASH_POINTS };
  const sessionTimeoutMs = SESSION_TIMEOUT_MS;
  // The lease is measured on the scaled clock; nobody is paused here.
  const quickbooks = { sessionTimeoutMs: Number.MAX_SAFE_INTEGER, ...tuning.quickbooks };
  const definition = definitionOf(name, { ...tuning, quickbooks });
  const ports = await openPorts({
    ...common,
    clientId: name,
    collections: definition.collections,
    sessionTimeoutMs,
    signal: new AbortController().signal,
    onTrouble: () => {},
  });
  const http = createHttpClient({ clock, allowPrivateTargets: true });
  const own = { http, secrets, metrics: createMetrics({ processMetrics: false }), ids: new SystemIds(clock) };
  const service = await definition.start({ ...common, ...own, ...ports, sessionTimeoutMs });
  const close = async () => {
    await http.close();
    await ports.close();
  };
  return { service, close };
}
