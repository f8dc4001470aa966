import { z } from 'zod';

/** The settings document of a tenant (contract section 4): schema, defaults and docs in one place. */
const AccountName = z.string().min(1).max(100);
const RateSet = z.string().regex(/^\d+(\+\d+)*$/, 'sorted Woo rate ids joined by "+"');

export const OrdersSettings = z.strictObject({
  statuses: z.array(z.string().min(1).max(50)).min(1).max(50).default(['processing', 'completed', 'refunded']),
  createdFrom: z
    .union([z.iso.date(), z.literal('all')])
    .nullable()
    .default(null),
});

export const TaxSettings = z.strictObject({
  mode: z.enum(['auto', 'usOverride', 'global', 'none']).default('auto'),
  /** Sorted Woo rate ids joined by "+" to the id of a QuickBooks tax code. */
  codeByWooRates: z.record(RateSet, z.string().min(1).max(50)).optional(),
  untaxedCode: z.string().min(1).max(50).optional(),
  usOverrideCode: z.string().min(1).max(50).optional(),
});

export const AccountsSettings = z.strictObject({
  salesIncome: AccountName.optional(),
  shippingIncome: AccountName.optional(),
  discounts: AccountName.optional(),
  feeIncome: AccountName.optional(),
  rounding: AccountName.optional(),
  /** Liability account of gift cards sold; there is no default. */
  giftCards: AccountName.optional(),
  /** By payment method slug, or "default". */
  depositTo: z.record(z.string().min(1).max(100), AccountName).optional(),
  refundFrom: z.record(z.string().min(1).max(100), AccountName).optional(),
});

export const QuickBooksSettings = z.strictObject({
  salesDocument: z.enum(['invoice']).default('invoice'),
  documentDate: z.enum(['created', 'paid', 'completed']).default('created'),
  docNumberPrefix: z.string().max(10).default(''),
  customers: z.enum(['withOrders', 'all']).default('withOrders'),
  customerForGuests: z.enum(['perEmail', 'single']).default('perEmail'),
  itemType: z.enum(['nonInventory', 'service']).default('nonInventory'),
  createMissingItems: z.boolean().default(true),
  createMissingAccounts: z.boolean().default(true),
  accounts: AccountsSettings.default({}),
  tax: TaxSettings.default({ mode: 'auto' }),
  rounding: z
    .strictObject({ maxAdjustmentMinor: z.int().min(0).max(1_000_000).nullable().default(null) })
    .default({ maxAdjustmentMinor: null }),
  refundUnallocatedTax: z.enum(['none', 'prorate']).default('none'),
  onOrderCancelled: z.enum(['hold', 'void', 'keep']).default('hold'),
});
export type QuickBooksSettings = z.infer<typeof QuickBooksSettings>;

export const SupabaseSettings = z.strictObject({
  tablePrefix: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/)
    .default('woo_'),
});

/** The whole document without its `version`. */
export const Settings = z.strictObject({
  orders: OrdersSettings.prefault({}),
  quickbooks: QuickBooksSettings.prefault({}),
  supabase: SupabaseSettings.prefault({}),
});
export type Settings = z.infer<typeof Settings>;

export const defaultSettings = (): Settings => Settings.parse({});
