export * from './generated/tillstream/sync/v1/sync.js';
export { BadRequest, ErrorInfo, RetryInfo } from './generated/google/rpc/error_details.js';
export { Status } from './generated/google/rpc/status.js';
export * from './file-descriptors.js';
export * from './proto-files.js';
