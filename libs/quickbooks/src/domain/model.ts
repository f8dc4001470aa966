import type { Buyer, CanonicalOrder, DocumentKind, QuickBooksSettings } from '@tillstream/contracts';

import type { ItemLookup, NameLookup } from './directories.js';

export type { CallContext, EntityName, RemoteResult, WireEntity } from './wire-model.js';

/** Types of the pure QuickBooks mapping. Amounts are integers of the currency's minor unit; ids are QuickBooks' digits. */

// --- the company -----------------------------------------------------------------------------------------------

/** One sales tax rate inside a code, in the order QuickBooks applies them. */
export interface CodeRate {
  readonly rateId: string;
  readonly name: string;
  /** Percent as normalised decimal text: "19", "8.25". */
  readonly percent: string;
  /** Applies on the amount plus the taxes before it. */
  readonly compound: boolean;
}

export interface CompanyTaxCode {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly taxable: boolean;
  readonly rates: readonly CodeRate[];
}

export interface CompanyAccount {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly subType: string;
  readonly active: boolean;
}

/** What the mapping must know about a company; read at connect time and refreshed daily. */
export interface CompanyProfile {
  readonly companyName: string;
  /** As QuickBooks sends it: "US" or "USA", "DE", "DEU" ... */
  readonly country: string;
  readonly isUs: boolean;
  readonly homeCurrency: string;
  readonly multiCurrency: boolean;
  readonly usingSalesTax: boolean;
  /** Automated sales tax (US). */
  readonly partnerTaxEnabled: boolean;
  readonly taxGroupCodeRef: string | null;
  /** Calendar date; postings on or before it are refused. */
  readonly bookCloseDate: string | null;
  readonly customTxnNumbers: boolean;
  readonly taxCodes: readonly CompanyTaxCode[];
  readonly accounts: readonly CompanyAccount[];
}

/** Raw answers (without the envelope) a profile is parsed from. */
export interface ProfileSources {
  readonly companyInfo: unknown;
  readonly preferences: unknown;
  readonly taxCodes: readonly unknown[];
  readonly taxRates: readonly unknown[];
  readonly accounts: readonly unknown[];
}

// --- directories -----------------------------------------------------------------------------------------------

/** Somebody whose DisplayName is in use: names are unique over all three kinds. */
export interface NameEntry {
  readonly id: string;
  readonly displayName: string;
  /** PrimaryEmailAddr as stored; may hold several addresses. */
  readonly email: string | null;
  readonly active: boolean;
  readonly kind: 'customer' | 'vendor' | 'employee';
  /** Of a job, project or sub-customer: the customer above it; absent = a customer of its own. */
  readonly parentId?: string;
  /** Absent = the company's own. */
  readonly currency?: string;
}

export interface ItemEntry {
  readonly id: string;
  readonly name: string;
  readonly sku: string | null;
  readonly type: string;
  readonly active: boolean;
}

// --- plans -----------------------------------------------------------------------------------------------------

export type AccountRole =
  | 'salesIncome'
  | 'shippingIncome'
  | 'discounts'
  | 'feeIncome'
  | 'rounding'
  | 'giftCards'
  | 'depositTo';

/** Items of ours that no product stands behind. */
export type RoleItem = 'sale' | 'shipping' | 'fee' | 'discount' | 'rounding' | 'giftCard';

/** An item some line of an order needs. `identity` is the sourceId of its ledger entry (kind `item`). */
export interface ItemNeed {
  /** `woo:88`, `woo:88-91` (variation) or `role:shipping`. */
  readonly identity: string;
  readonly role: RoleItem | null;
  readonly productId: string | null;
  readonly variationId: string | null;
  readonly sku: string | null;
  /** Name for a new item, not yet cleaned. */
  readonly name: string;
  /** Where a new item's income goes. */
  readonly accountRole: AccountRole;
  /** Price of the product's own record; orders do not know it. */
  readonly price?: { readonly amountMinor: number; readonly currency: string };
}

/** One line of the future invoice, before references are known. */
export interface PlannedLine {
  readonly kind: 'product' | 'fee' | 'shipping' | 'discount' | 'rounding' | 'giftCard';
  /** ItemNeed.identity. */
  readonly item: string;
  readonly amountMinor: number;
  readonly description: string;
  /** Decimal text; with it goes `unitPrice` (B12). */
  readonly quantity: string;
  readonly unitPrice: string;
  /** TaxCodeRef value; null = none is sent. */
  readonly taxCode: string | null;
}

/** Tax on the transaction per QuickBooks rate (outside the US). */
export interface PlannedTaxRate {
  readonly rateId: string;
  readonly percent: string;
  readonly amountMinor: number;
  readonly netMinor: number;
}

export type TaxPlan =
  | { readonly mode: 'none'; readonly global: boolean }
  | { readonly mode: 'usOverride'; readonly codeId: string; readonly totalTaxMinor: number }
  | { readonly mode: 'global'; readonly totalTaxMinor: number; readonly rates: readonly PlannedTaxRate[] };

export interface Totals {
  readonly totalMinor: number;
  readonly taxMinor: number;
}

/** Everything about an order's invoice that needs no QuickBooks id. Deterministic in (order, settings, profile). */
export interface OrderPlan {
  readonly kind: 'planned';
  readonly order: CanonicalOrder;
  readonly docNumber: string;
  readonly txnDate: string;
  readonly lines: readonly PlannedLine[];
  readonly tax: TaxPlan;
  /** Amount of the rounding line, 0 = none. */
  readonly roundingMinor: number;
  readonly items: readonly ItemNeed[];
  /** What QuickBooks will compute; equals the order's total and total_tax. */
  readonly predicted: Totals;
}

/** The one payment of a paid order (B3). */
export interface PaymentPlan {
  readonly kind: 'planned';
  readonly order: CanonicalOrder;
  readonly amountMinor: number;
  readonly txnDate: string;
  /** null = QuickBooks' own default (Undeposited Funds). */
  readonly depositToAccountId: string | null;
}

export type AccountPlan =
  | { readonly kind: 'use'; readonly role: AccountRole; readonly id: string }
  /** depositTo only: leave the reference out, QuickBooks uses Undeposited Funds. */
  | { readonly kind: 'omit'; readonly role: AccountRole }
  /** `identity` = sourceId of the ledger entry (kind `account`). */
  | { readonly kind: 'create'; readonly role: AccountRole; readonly identity: string; readonly body: JsonObject };

export type CustomerPlan =
  /** `adopted`: found by e-mail or name, not in our ledger; `remapped`: the mapped one is gone, another matched (B9). */
  | {
      readonly kind: 'use';
      readonly identity: string;
      readonly id: string;
      readonly how: 'known' | 'adopted' | 'remapped';
    }
  /** Try `nameCandidates` in order; each with `customerBody(plan, name)`. Never empty. */
  | {
      readonly kind: 'create';
      readonly identity: string;
      readonly nameCandidates: readonly string[];
      readonly email: string | null;
      readonly template: JsonObject;
    };

export type ItemPlan =
  | { readonly kind: 'use'; readonly identity: string; readonly id: string; readonly how: 'known' | 'adopted' }
  /** Try `nameCandidates` in order; each with `itemBody(plan, name, incomeAccountId)`. Never empty. */
  | {
      readonly kind: 'create';
      readonly identity: string;
      readonly nameCandidates: readonly string[];
      readonly sku: string | null;
      readonly accountRole: AccountRole;
      readonly template: JsonObject;
    };

/** Who buys, as an order or the customer's own record says. */
export interface BuyerRecord {
  readonly source: string;
  /** Of the order or of the customer. */
  readonly id: string;
  /** The order's number; null = the customer's own record. */
  readonly number: string | null;
  readonly buyer: Buyer;
}

export interface CustomerContext {
  readonly settings: QuickBooksSettings;
  readonly profile: Pick<CompanyProfile, 'isUs' | 'multiCurrency' | 'homeCurrency'>;
  /** All customers, vendors and employees, inactive ones included. */
  readonly directory: NameLookup;
  /** QuickBooks id our ledger holds for this identity, or null. */
  readonly knownId: string | null;
}

export interface ItemContext {
  readonly settings: QuickBooksSettings;
  /** `homeCurrency` decides whether a price is one of this company. */
  readonly profile: Pick<CompanyProfile, 'isUs'> & Partial<Pick<CompanyProfile, 'homeCurrency'>>;
  /** All items, inactive ones included. */
  readonly directory: ItemLookup;
  /** QuickBooks id our ledger holds for this identity, or null. */
  readonly knownId: string | null;
  /** Identities seen with each SKU (`noteSkuOwners`), over all orders the caller knows. The need's own is implied. */
  readonly skuOwners: ReadonlyMap<string, ReadonlySet<string>>;
}

// --- bodies ----------------------------------------------------------------------------------------------------

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

export interface InvoiceRefs {
  readonly customerId: string;
  /** QuickBooks item id by ItemNeed.identity; every need must be there. */
  readonly itemIds: ReadonlyMap<string, string>;
  /** Store URL (normalised) or POS producer: part of the ownership marker (B7). */
  readonly sourceIdentity: string;
}

export interface BuiltDocument {
  readonly kind: 'built';
  readonly entity: 'Invoice' | 'Payment';
  readonly body: JsonObject;
  /** The exact text to send and to hash; keep it for resends (D12). */
  readonly bodyText: string;
  readonly marker: string;
  readonly docNumber: string | null;
  readonly txnDate: string;
  readonly customerId: string;
  readonly predicted: Totals;
  readonly currency: string;
}

export interface PaymentRefs {
  readonly customerId: string;
  readonly invoiceId: string;
  readonly sourceIdentity: string;
}

export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

/** QuickBooks' answer against what was predicted (B1). */
export type AnswerCheck =
  | { readonly kind: 'ok'; readonly docNumberKept: boolean }
  | { readonly kind: 'differs'; readonly docNumberKept: boolean; readonly differences: readonly Difference[] };

/** What we wrote into a document, normalised (B5). Plain JSON: store it in the ledger entry. */
export type OwnedFields = Readonly<Record<string, string>>;

export type OwnedCheck =
  | { readonly kind: 'untouched' }
  | { readonly kind: 'edited'; readonly differences: readonly Difference[] }
  | { readonly kind: 'removed' };

export interface RequestIdParts {
  readonly realmId: string;
  readonly sourceIdentity: string;
  readonly kind: DocumentKind;
  readonly sourceId: string;
  readonly revision: number;
}
