export type { KafkaConnection } from './client/connection.js';
export * from './open.js';
export * from './open-patiently.js';
export { dropKafkaTopics } from './drop-topics.js';
