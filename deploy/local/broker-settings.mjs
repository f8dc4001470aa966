// What every broker of the local stack is told, however it is started.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { here } from './places.mjs';

export const pom = path.join(here, 'pom.xml');
export const [, version] = /kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(readFileSync(pom, 'utf8'));

/** Property -> value. */
export const BROKER_SETTINGS = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  // Tests join many short-lived groups and kill consumers: no waiting for more members, short sessions allowed.
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',
  // After kill -9 the controller waits for the dead broker's session: 1.5 s instead of 9 s.
  'broker.session.timeout.ms': '1500',
  'broker.heartbeat.interval.ms': '300',
  'num.network.threads': '2',
  'num.io.threads': '2',
  'log.cleaner.dedupe.buffer.size': '8388608',
  'log.segment.bytes': '67108864',
};
