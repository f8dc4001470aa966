export { MIGRATIONS, SCHEMA_VERSION, schemaSql } from './migrations.js';
export { COLUMNS, RECORD_TABLES, type RecordTable, type SchemaPlace, TABLE_NAMES, type TableName } from './tables.js';
