export { type Classified, classifyRefusal, type FailureKind, refusal, SupabaseFailure } from './domain/classify.js';
export * from './domain/rows/index.js';
export * from './domain/schema/index.js';
export { dataApiRoute, type DataApiOptions } from './routes/data-api.js';
export { type DatabaseAddress, parseDatabaseUrl } from './routes/database-address.js';
export * from './routes/port.js';
export { postgresRoute, type PostgresOptions } from './routes/postgres.js';
