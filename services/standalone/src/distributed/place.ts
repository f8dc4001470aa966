import { randomBytes } from 'node:crypto';
import { allTopicDefinitions } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import { dropKafkaTopics, openKafkaEventLog } from '@tillstream/kafka';
import { SystemClock } from '@tillstream/kernel';
import { dropMongoDatabase, openMongoStorage } from '@tillstream/mongo';
import { collections } from '../compose.js';
import type { Stack } from './stack.js';

/** Topics and a database of its own on a stack that others may use, too: for the demo, tests and benchmarks. */
export class Place {
  /** Before every topic name, and the name of the database. */
  readonly prefix = `t${process.pid}-${randomBytes(4).toString('hex')}-`;
  readonly mongoUri: string;

  constructor(private readonly stack: Stack) {
    const uri = new URL(stack.mongoUri);
    uri.pathname = `/${this.prefix.replaceAll('-', '_')}`;
    this.mongoUri = uri.href;
  }

  /** What every service must be told to work here. */
  get environment(): Record<string, string> {
    return {
      TILLSTREAM_PROFILE: 'distributed',
      KAFKA_BROKERS: this.stack.brokers,
      KAFKA_TOPIC_PREFIX: this.prefix,
      MONGODB_URI: this.mongoUri,
    };
  }

  async createTopics(): Promise<void> {
    const log = await this.openLog('tillstream-topics', true);
    await log.close();
  }

  openLog(clientId: string, createTopics = false): Promise<EventLog> {
    return openKafkaEventLog({ ...this.#kafka(clientId), createTopics, clock: new SystemClock() });
  }

  /** What was stored here, opened by this process. */
  async open(): Promise<{ readonly log: EventLog; readonly store: DocumentStore; close(): Promise<void> }> {
    const log = await this.openLog('tillstream-check');
    const options = { uri: this.mongoUri, collections: collections(), clock: new SystemClock() };
    const storage = await openMongoStorage(options);
    const close = async () => {
      await log.close();
      await storage.close();
    };
    return { log, store: storage.store, close };
  }

  async remove(): Promise<void> {
    await dropKafkaTopics(this.#kafka('tillstream-remove'));
    await dropMongoDatabase(this.mongoUri);
  }

  #kafka(clientId: string) {
    const brokers = this.stack.brokers.split(',');
    return { connection: { brokers, clientId }, topics: allTopicDefinitions(), topicPrefix: this.prefix };
  }
}
