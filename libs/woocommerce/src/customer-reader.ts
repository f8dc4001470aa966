import { customerParams } from './domain/read-plan.js';
import {
  createRecordReader,
  type RecordKind,
  type RecordReader,
  type RecordReaderOptions,
  toRecord,
} from './record-reader.js';

const KIND: RecordKind = {
  path: '/wc/v3/customers',
  lists: () => ['any'],
  params: customerParams,
  newest: null,
  byId: [{}],
  isIgnored: () => false,
  complete: (rows) => Promise.resolve(rows.map((raw) => toRecord(raw))),
};

/**
 * Registered customers (WooCommerce's default role). The shop cannot say which of them changed: every pass reads all, and
 * content hashes tell what is new.
 */
export function createCustomerReader(options: RecordReaderOptions): RecordReader {
  return createRecordReader(options, KIND);
}
