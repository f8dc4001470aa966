import { createRequire } from 'node:module';
import { asError } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import { fixIdleTimer } from './idle-timer.js';
import type { RawCluster } from './raw.js';

/** How to reach the brokers: the KAFKA_* settings of libs/config, the CA already read. */
export interface KafkaConnection {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  /** PEM of the certificate authority; given = TLS. */
  readonly sslCa?: string;
}

/** Waits for a broker that is being replaced: 100 ms doubling to 1 s, about half a minute in all. */
export const PATIENT_RETRY = { initialRetryTime: 100, maxRetryTime: 1000, retries: 30 };
/** Gives up after about 2.5 s, so that readiness turns red; what calls it begins again. */
export const BRIEF_RETRY = { initialRetryTime: 100, maxRetryTime: 1000, retries: 5 };

const CONNECTION_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 30_000;

function options(connection: KafkaConnection) {
  const { brokers, clientId, sasl, sslCa } = connection;
  return {
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    ...(sasl ? { sasl: { ...sasl } as SASLOptions } : {}),
    ...(sslCa === undefined ? {} : { ssl: { ca: [sslCa] } }),
  } satisfies KafkaConfig;
}

/** What kafkajs calls an error is mostly an attempt that it repeats: a warning here. */
const creator = (logger: Logger) => () => (entry: { level: logLevel; log: { message: string; error?: unknown } }) => {
  const fields = {
    client: 'kafkajs',
    ...(entry.log.error === undefined ? {} : { error: asError(entry.log.error).message }),
  };
  if (entry.level === logLevel.ERROR) logger.warn(fields, entry.log.message);
  else logger.debug(fields, entry.log.message);
};

export function kafkaClient(connection: KafkaConnection, logger: Logger): Kafka {
  fixIdleTimer();
  return new Kafka({
    ...options(connection),
    logLevel: logLevel.WARN,
    logCreator: creator(logger),
    retry: BRIEF_RETRY,
  });
}

/** kafkajs' own connection layer, for reading without a group (raw.ts says why). */
export function rawCluster(connection: KafkaConnection, logger: Logger): RawCluster {
  fixIdleTimer();
  const require = createRequire(import.meta.url);
  const Cluster = require('kafkajs/src/cluster') as new (settings: object) => RawCluster;
  const { createLogger } = require('kafkajs/src/loggers') as { createLogger: (settings: object) => unknown };
  const socketFactory = (require('kafkajs/src/network/socketFactory') as () => unknown)();
  return new Cluster({
    ...options(connection),
    logger: createLogger({ level: logLevel.WARN, logCreator: creator(logger) }),
    socketFactory,
    retry: BRIEF_RETRY,
    metadataMaxAge: 300_000,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    isolationLevel: 1,
  });
}
