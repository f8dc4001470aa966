export * from './domain/order-hash.js';
export { type ParsedOrder, parseOrder } from './domain/parse-order.js';
export type { ReaderPosition } from './domain/position.js';
export type { RawOrder, ReadPlan } from './domain/read-plan.js';
export * from './order-reader.js';
export * from './woo-client.js';
export * from './count-orders.js';
export * from './describe-shop.js';
