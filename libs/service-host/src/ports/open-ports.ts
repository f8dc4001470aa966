import { readFileSync } from 'node:fs';
import type { Config } from '@tillstream/config';
import { allTopicDefinitions } from '@tillstream/contracts';
import type { CollectionDefinition, DocumentStore } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import { type KafkaEventLogOptions, openKafkaEventLogPatiently } from '@tillstream/kafka';
import { type Clock, type CrashPoints, PermanentError } from '@tillstream/kernel';
import { openMongoStorage } from '@tillstream/mongo';
import type { Logger } from '@tillstream/observability';
import { askedNow } from '../readiness.js';
import type { HealthProvider } from '../service.js';

export interface PortsOptions {
  readonly config: Config;
  /** How this process is called at the brokers. */
  readonly clientId: string;
  readonly collections: readonly CollectionDefinition[];
  readonly clock: Clock;
  readonly crash: CrashPoints;
  readonly logger: Logger;
  readonly sessionTimeoutMs: number;
  /** Ends the trying. */
  readonly signal: AbortSignal;
  /** What keeps a port from opening; undefined once it is open. */
  readonly onTrouble: (port: 'kafka' | 'mongodb', error: Error | undefined) => void;
}

export interface Ports {
  readonly log: EventLog;
  readonly store: DocumentStore;
  readonly dependencies: readonly HealthProvider[];
  /** Sends what is queued, then closes the connections. */
  close(): Promise<void>;
}

/**
 * Opens Kafka and MongoDB, trying again with growing pauses while a server is away, refuses the credentials or lacks a
 * topic: all are put right from outside, and a process that ends would only be started again, faster. Throws at once what
 * no waiting mends (`storage_uri_invalid`, `storage_incompatible`, an unreadable CA), and the signal's reason.
 */
export async function openPorts(options: PortsOptions): Promise<Ports> {
  const given = new AbortController();
  const signal = AbortSignal.any([options.signal, given.signal]);
  const opening = [openLog({ ...options, signal }), openStore({ ...options, signal })] as const;
  try {
    const [log, storage] = await Promise.all(opening);
    return {
      log,
      store: storage.store,
      dependencies: [askedNow('mongodb', () => storage.check())],
      close: async () => {
        await log.close();
        await storage.close();
      },
    };
  } catch (thrown) {
    given.abort(thrown);
    for (const result of await Promise.allSettled(opening)) {
      if (result.status === 'fulfilled') await result.value.close();
    }
    throw thrown;
  }
}

async function openLog({ onTrouble, signal, ...options }: PortsOptions): Promise<EventLog> {
  const onFailure = (error: Error) => onTrouble('kafka', error);
  const log = await openKafkaEventLogPatiently(kafkaOptions(options), { signal, onFailure });
  onTrouble('kafka', undefined);
  return log;
}

async function openStore({ config, collections, clock, logger, signal, onTrouble }: PortsOptions) {
  if (config.mongodbUri === null) throw missing('MONGODB_URI');
  const onFailure = (error: Error) => onTrouble('mongodb', error);
  const storage = await openMongoStorage({ uri: config.mongodbUri, collections, clock, logger, signal, onFailure });
  onTrouble('mongodb', undefined);
  return storage;
}

/** The KAFKA_* settings as the adapter takes them; topics are only checked: creating them is the deployment's (topics job). */
export function kafkaOptions({
  config: { kafka },
  clientId,
  clock,
  crash,
  logger,
  sessionTimeoutMs,
}: Omit<PortsOptions, 'signal' | 'onTrouble' | 'collections'>): KafkaEventLogOptions {
  const { saslMechanism: mechanism, saslUsername: username, saslPassword: password } = kafka;
  const sasl = mechanism && username && password ? { sasl: { mechanism, username, password } } : {};
  const tls = kafka.sslCa === null ? {} : { sslCa: readCa(kafka.sslCa) };
  return {
    connection: { brokers: kafka.brokers, clientId, ...sasl, ...tls },
    topics: allTopicDefinitions(),
    topicPrefix: kafka.topicPrefix,
    createTopics: false,
    sessionTimeoutMs,
    clock,
    crash,
    logger,
  };
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new PermanentError('config_invalid', `KAFKA_SSL_CA: the file ${file} cannot be read`, { cause });
  }
}

function missing(variable: string): PermanentError {
  return new PermanentError('config_invalid', `${variable} is required with TILLSTREAM_PROFILE=distributed`);
}
