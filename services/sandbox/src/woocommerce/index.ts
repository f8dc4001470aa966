export { calculateTax, type TaxRate } from './domain/tax.js';
export { computeOrder, type ComputedOrder } from './domain/arithmetic.js';
export { orderMoney, type NextItemId } from './domain/order-money.js';
export type {
  DraftCoupon,
  DraftFee,
  DraftLine,
  DraftShipping,
  LineItem,
  MoneySettings,
  OrderDraft,
  OrderMoney,
} from './domain/types.js';
export {
  type Address,
  type ApiKey,
  DEFAULT_SITE,
  type ShopCustomer,
  type ShopData,
  type ShopOrder,
  type ShopProduct,
  type ShopRefund,
  type Site,
} from './domain/shop.js';
export type { DateMoves, NewCustomer, NewProduct } from './catalogue-store.js';
export type { RefundedItem } from './domain/refunds.js';
export type { DriftRule, Mutation } from './control.js';
export type { WooFaultKind, WooFaultRule } from './faults.js';
export type { OrderTruth } from './ledger.js';
export type { NewOrder, ShopStore, Touch } from './store.js';
export {
  type LoggedCall,
  SANDBOX_READ_KEY,
  SANDBOX_WRITE_KEY,
  WooSandbox,
  type WooSandboxOptions,
} from './woo-sandbox.js';
