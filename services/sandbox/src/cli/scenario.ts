import type { GeneratedShop, QuickBooksHints } from '../generator/index.js';
import type { FaultRule } from '../shared/faults.js';
import type { CompanyOptions, JsonObject, QuickBooksControl } from '../quickbooks/index.js';

/** The company whose books a generated shop ought to reach: its country, currency, name and tax codes. */
export function companyForShop(
  shop: GeneratedShop,
  realmId: string,
  switches: Partial<CompanyOptions> = {},
): CompanyOptions {
  const { country = 'DE', title = 'Sandbox Company', currency = 'EUR' } = shop.site;
  return {
    realmId,
    country: shop.profile === 'us' ? 'US' : country,
    companyName: title,
    homeCurrency: currency,
    ...(shop.quickbooksSeed.taxCodes.length === 0 ? {} : { taxCodes: shop.quickbooksSeed.taxCodes }),
    ...switches,
  };
}

/** Puts into the books what stood there before the first sync: vendors, customers, items, hand-written invoices. */
export function seedBooks(control: QuickBooksControl, realmId: string, hints: QuickBooksHints): void {
  const { accounts } = control.ledger(realmId);
  const income = accounts.find((account) => account.AccountType === 'Income');
  const incomeRef = { IncomeAccountRef: { value: String(income?.Id) } };
  control.seed(realmId, {
    Vendor: hints.vendors.map((DisplayName) => ({ DisplayName })),
    Customer: hints.customers.map(({ displayName, email }) => ({
      DisplayName: displayName,
      ...(email === undefined ? {} : { PrimaryEmailAddr: { Address: email } }),
    })),
    Item: hints.items.map(({ name, sku }) => ({
      Name: name,
      Type: 'NonInventory',
      ...incomeRef,
      ...(sku === undefined ? {} : { Sku: sku }),
    })),
  });
  if (hints.invoices.length > 0) seedInvoices(control, realmId, hints, incomeRef);
}

function seedInvoices(
  control: QuickBooksControl,
  realmId: string,
  hints: QuickBooksHints,
  incomeRef: JsonObject,
): void {
  const { Item: [item] = [] } = control.seed(realmId, {
    Item: [{ Name: 'Sold by hand', Type: 'Service', ...incomeRef }],
  });
  const known = new Map(
    control.ledger(realmId).customers.map((customer) => [customer.DisplayName, String(customer.Id)]),
  );
  const isUs = control.countryOf(realmId) === 'US';
  for (const { docNumber, customerName, amount } of hints.invoices) {
    const customerId =
      known.get(customerName) ?? control.seed(realmId, { Customer: [{ DisplayName: customerName }] }).Customer?.[0];
    known.set(customerName, String(customerId));
    const line = {
      DetailType: 'SalesItemLineDetail',
      Amount: Number(amount),
      SalesItemLineDetail: { ItemRef: { value: item } },
    };
    control.seed(realmId, {
      Invoice: [
        {
          DocNumber: docNumber,
          CustomerRef: { value: customerId },
          Line: [line],
          ...(isUs ? {} : { GlobalTaxCalculation: 'NotApplicable' }),
        },
      ],
    });
  }
}

/** Everything that goes wrong on a bad day, by chance but repeatable from the seed. Milliseconds are sandbox time. */
export const BAD_DAY: readonly FaultRule[] = [
  {
    id: 'lost-reply',
    kind: 'dropReplyAfterCommit',
    probability: 0.02,
    match: { method: 'POST', path: '/v3/company/' },
  },
  { id: 'reset', kind: 'resetBeforeCommit', probability: 0.01, match: { path: '/v3/company/' } },
  { id: 'unavailable', kind: 'status', status: 503, body: 'html', probability: 0.01, match: { path: '/v3/company/' } },
  { id: 'throttled', kind: 'status', status: 429, body: 'xml', every: 400, times: 2, match: { path: '/v3/company/' } },
  { id: 'cut', kind: 'truncatedJson', probability: 0.01, match: { method: 'POST', path: '/invoice' } },
  { id: 'empty', kind: 'emptyOk', every: 150, times: 3, match: { method: 'POST', path: '/payment' } },
  { id: 'html', kind: 'okWithHtml', every: 170, times: 3, match: { method: 'POST', path: '/customer' } },
  { id: 'expired', kind: 'expireToken', every: 250, match: { path: '/v3/company/' } },
  { id: 'slow', kind: 'stillRunning', ms: 5_000, probability: 0.005, match: { method: 'POST', path: '/invoice' } },
];

/** A WooCommerce host on the same day. */
export const BAD_DAY_SHOP = [
  { id: 'shop-502', kind: 'html', status: 502, every: 7, times: 3 },
  { id: 'shop-cut', kind: 'truncatedJson', nth: 5 },
  { id: 'shop-reset', kind: 'reset', nth: 9 },
] as const;

/** Statements that end or are a write of their own: a commit, or a call of a function that writes. */
const WIRE_WRITE = '(?i:^(?:commit|select [^;]*apply\\())';

/**
 * A Supabase project on the same day. A few hundred orders take few requests (rows go in batches), so faults come by
 * count and not by chance; whatever way a client goes, it meets the same troubles: by the Data API or over the wire.
 */
export const BAD_DAY_SUPABASE: readonly FaultRule[] = [
  { id: 'supabase-lost-reply', kind: 'dropReplyAfterCommit', every: 5, match: { method: 'POST', path: '^/rest/v1/' } },
  { id: 'supabase-pool', kind: 'status', code: 'PGRST003', every: 7, match: { path: '^/rest/v1/' } },
  { id: 'supabase-timeout', kind: 'status', code: '57014', every: 9, match: { method: 'POST', path: '^/rest/v1/' } },
  { id: 'supabase-edge', kind: 'status', status: 520, every: 11, match: { path: '^/rest/v1/' } },
  { id: 'supabase-cut', kind: 'truncatedJson', every: 13, match: { method: 'POST', path: '^/rest/v1/' } },
  { id: 'supabase-reset', kind: 'resetBeforeCommit', every: 16, match: { path: '^/rest/v1/' } },
  {
    id: 'supabase-throttled',
    kind: 'status',
    status: 429,
    retryAfterSeconds: 2,
    nth: 3,
    match: { path: '^/rest/v1/' },
  },
  { id: 'supabase-cache-lag', kind: 'status', code: 'PGRST205', nth: 2, match: { method: 'POST', path: '^/rest/v1/' } },
  { id: 'wire-lost-commit', kind: 'dropReplyAfterCommit', every: 6, match: { method: 'WIRE', path: WIRE_WRITE } },
  { id: 'wire-reset', kind: 'resetBeforeCommit', every: 10, match: { method: 'WIRE', path: WIRE_WRITE } },
  { id: 'wire-deadlock', kind: 'status', code: '40P01', nth: 4, match: { method: 'WIRE', path: WIRE_WRITE } },
  { id: 'wire-full', kind: 'status', code: '53300', nth: 3, match: { method: 'CONNECT' } },
];
