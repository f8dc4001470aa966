export * from './open.js';
export { dropMongoDatabase } from './drop-database.js';
