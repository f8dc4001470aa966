export { runSandboxes, type RunningSandboxes } from './cli/run.js';
export { BAD_DAY, BAD_DAY_SHOP, BAD_DAY_SUPABASE, companyForShop, seedBooks } from './cli/scenario.js';
export type { SandboxOptions } from './cli/options.js';
export * from './generator/index.js';
export * from './quickbooks/index.js';
export * from './supabase/index.js';
export { type FaultKind, type FaultMatch, type FaultRule, type FiredFault } from './shared/faults.js';
export {
  type ApiKey,
  type DraftLine,
  type DriftRule,
  type LoggedCall,
  type Mutation,
  type NewOrder,
  type OrderDraft,
  type OrderTruth,
  SANDBOX_READ_KEY,
  SANDBOX_WRITE_KEY,
  type ShopData,
  type ShopOrder,
  type Site,
  type TaxRate,
  WooSandbox,
  type WooFaultKind,
  type WooFaultRule,
  type WooSandboxOptions,
} from './woocommerce/index.js';
