import type { TaxRate } from './tax.js';
import type { MetaData, MoneySettings, OrderDraft, OrderMoney } from './types.js';

/** How the simulated site is set up. Everything a real shop could have configured differently. */
export interface Site extends MoneySettings {
  readonly title: string;
  /** IANA zone of the WordPress site: it decides local dates and how date bounds are read. */
  readonly zone: string;
  /** ISO country, e.g. "US". */
  readonly country: string;
  /** High-performance order storage: own tables, own rules for date_modified and for date bounds. */
  readonly hpos: boolean;
  /** WordPress believes it is reached over TLS (a proxy ended it): Basic and query keys work. */
  readonly assumeHttps: boolean;
  /** Whether `status=any` lists checkout drafts; newer versions may not. */
  readonly draftsInAny: boolean;
  readonly wooVersion: string;
  /**
   * What system_status reports as time zone; by default the site's. Many hosts report "UTC" here whatever the site
   * uses: then only the index at `/wp-json/` names the zone.
   */
  readonly reportedZone?: string;
  /** Whether `/products/{id}/variations` shows a `name`; older versions do not. */
  readonly variationNames: boolean;
  /** Whether `/products/{id}/variations` shows `parent_id`; older versions do not. */
  readonly variationParentIds: boolean;
}

export const DEFAULT_SITE: Site = {
  title: 'Sandbox Shop',
  zone: 'America/New_York',
  country: 'US',
  currency: 'USD',
  decimals: 2,
  pricesIncludeTax: false,
  roundAtSubtotal: false,
  hpos: true,
  assumeHttps: false,
  draftsInAny: true,
  wooVersion: '10.0.2',
  variationNames: true,
  variationParentIds: true,
};

export interface Address {
  readonly first_name: string;
  readonly last_name: string;
  readonly company: string;
  readonly address_1: string;
  readonly address_2: string;
  readonly city: string;
  readonly state: string;
  readonly postcode: string;
  readonly country: string;
  readonly email: string;
  readonly phone: string;
}

/** All instants are milliseconds since the epoch at whole seconds, as WooCommerce stores them. */
export interface ShopRefund {
  readonly id: number;
  /** Positive decimal string. */
  readonly amount: string;
  readonly reason: string;
  readonly createdAt: number;
  /** In the API's shapes, with negative quantities and totals. */
  readonly lineItems: readonly object[];
  readonly shippingLines?: readonly object[];
  readonly feeLines?: readonly object[];
  readonly taxLines?: readonly object[];
}

/** A damaged record: whoever asks for it, alone or in a list, gets this. */
export type Poison =
  /** PHP dies: HTTP 500 for every answer that contains it. */
  | { readonly how: 'fatal' }
  /** This JSON text in its place, whatever it is. */
  | { readonly how: 'json'; readonly text: string }
  /** Its list of refunds never ends. */
  | { readonly how: 'endlessRefunds' };

export interface ShopOrder {
  readonly id: number;
  number: string;
  status: string;
  readonly createdVia: string;
  readonly customerId: number;
  createdAt: number;
  modifiedAt: number;
  paidAt: number | null;
  completedAt: number | null;
  billing: Address;
  shipping: Address;
  paymentMethod: string;
  paymentMethodTitle: string;
  transactionId: string;
  customerNote: string;
  draft: OrderDraft;
  money: OrderMoney;
  refunds: ShopRefund[];
  metaData: MetaData[];
  /** Fields a plugin overwrote in the answer, and fields it dropped. */
  overrides?: Readonly<Record<string, unknown>>;
  omit?: readonly string[];
  /** What is wrong with how the shop serves it. */
  poison?: Poison;
  /** The reason for which this record was planted as a bad one; never shown over the API. */
  planted?: string;
}

export interface ShopProduct {
  readonly id: number;
  /** The variable product of a variation, else 0. */
  readonly parentId: number;
  readonly type: 'simple' | 'variable' | 'variation';
  name: string;
  /** Its own SKU, "" when it has none (a variation then shows its parent's). */
  sku: string;
  price: string;
  status: string;
  taxClass: string;
  taxable: boolean;
  imageId: number | '';
  createdAt: number;
  modifiedAt: number;
  attributes: readonly { readonly name: string; readonly option: string }[];
  description?: string;
  /** "" or absent: no sale; then `price` is the regular price. */
  salePrice?: string;
  /** Own stock; variations without it show "parent" when their parent manages stock. */
  manageStock?: boolean;
  stockQuantity?: number | null;
  weight?: string;
  virtual?: boolean;
  totalSales?: number;
  categories?: readonly { readonly id: number; readonly name: string; readonly slug: string }[];
  metaData?: readonly MetaData[];
  /** Fields a plugin overwrote in the answer, and fields it dropped. */
  overrides?: Readonly<Record<string, unknown>>;
  omit?: readonly string[];
}

export interface ShopCustomer {
  readonly id: number;
  email: string;
  firstName: string;
  lastName: string;
  username: string;
  createdAt: number;
  modifiedAt: number;
  billing: Address;
  /** Default `customer`; any other role is missing in the plain list. */
  role?: string;
  /** Default true. */
  isPaying?: boolean;
  /** Default: the billing address. */
  shipping?: Address;
  metaData?: readonly MetaData[];
  overrides?: Readonly<Record<string, unknown>>;
  omit?: readonly string[];
}

/** A whole shop as data: what a generator makes and the sandbox serves. */
export interface ShopData {
  readonly site: Partial<Site>;
  readonly taxRates: readonly TaxRate[];
  readonly products: readonly ShopProduct[];
  readonly customers: readonly ShopCustomer[];
  readonly orders: readonly ShopOrder[];
}

export interface ApiKey {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly permission: 'read' | 'write' | 'read_write';
}
