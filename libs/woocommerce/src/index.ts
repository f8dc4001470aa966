export * from './domain/order-hash.js';
export { type ParsedOrder, parseOrder } from './domain/parse-order.js';
