export { API_ERRORS, type ApiErrorCode } from './http/api-errors.js';
export * from './query-api.js';
export type { QueryApiConfig, QueryApiDeps } from './use-cases.js';
export { queryApiService } from './service.js';
