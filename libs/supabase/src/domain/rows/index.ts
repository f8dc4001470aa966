export type { Row } from './fields.js';
export { isStorable, keyOf, type MirroredRecord, type TableRecord, tableOf, tableRecords } from './record.js';
