/**
 * The tables in Supabase, once: DDL, the apply function and the rows are made from this list. Column names are what
 * people query and therefore stored state: one is added by a migration (`migrations.ts`), never renamed.
 */
export const TABLE_NAMES = [
  'orders',
  'order_lines',
  'order_refunds',
  'customers',
  'products',
  'product_variations',
] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** Tables whose rows are records of their own; the two others belong to an order. */
export const RECORD_TABLES = ['orders', 'customers', 'products', 'product_variations'] as const;
export type RecordTable = (typeof RECORD_TABLES)[number];

export const CHILD_TABLES = { lines: 'order_lines', refunds: 'order_refunds' } as const;

export type ColumnType = 'text' | 'bigint' | 'integer' | 'numeric' | 'boolean' | 'timestamptz';
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** `total` becomes `total_minor bigint` (minor units of the row's currency) and `total numeric`. */
const money = (...names: string[]): Column[] =>
  names.flatMap((name) => [
    { name: `${name}_minor`, type: 'bigint' },
    { name, type: 'numeric' },
  ]);
const columns = (type: ColumnType, ...names: string[]): Column[] => names.map((name) => ({ name, type }));

const PRODUCT_COLUMNS: readonly Column[] = [
  ...columns('text', 'name', 'sku', 'status', 'currency'),
  ...money('price', 'regular_price', 'sale_price'),
  ...columns('numeric', 'stock_quantity'),
  ...columns('text', 'stock_status', 'tax_status', 'tax_class', 'permalink'),
  ...columns('timestamptz', 'created_at', 'modified_at'),
];

/** Typed columns besides the key and the bookkeeping that every table has. */
export const COLUMNS: Readonly<Record<TableName, readonly Column[]>> = {
  orders: [
    ...columns('text', 'number', 'status', 'customer_id', 'email', 'customer_name', 'company', 'phone'),
    ...columns('text', 'billing_country', 'billing_postcode', 'shipping_country', 'shipping_postcode', 'currency'),
    ...money('total', 'total_tax', 'shipping_total', 'discount_total', 'refunded_total'),
    ...columns('text', 'payment_method', 'payment_method_title', 'transaction_id', 'created_via', 'customer_note'),
    ...columns('timestamptz', 'created_at', 'modified_at', 'paid_at', 'completed_at'),
  ],
  order_lines: [
    ...columns('text', 'order_id'),
    ...columns('integer', 'position'),
    ...columns('text', 'kind', 'product_id', 'variation_id', 'sku', 'name', 'tax_class', 'currency'),
    ...columns('numeric', 'quantity'),
    ...money('subtotal', 'total', 'total_tax'),
  ],
  order_refunds: [
    ...columns('text', 'order_id', 'reason', 'currency'),
    ...money('amount'),
    ...columns('timestamptz', 'created_at'),
  ],
  customers: [
    ...columns('text', 'email', 'first_name', 'last_name', 'username', 'role', 'company', 'phone'),
    ...columns('text', 'country', 'state', 'city', 'postcode'),
    ...columns('boolean', 'is_paying_customer'),
    ...columns('timestamptz', 'created_at', 'modified_at'),
  ],
  products: [...columns('text', 'type', 'slug'), ...PRODUCT_COLUMNS],
  product_variations: [...columns('text', 'parent_id', 'parent_name', 'parent_sku', 'options'), ...PRODUCT_COLUMNS],
};

/** What is looked up by other things than the key. */
export const INDEXES: readonly (readonly [TableName, readonly string[]])[] = [
  ['orders', ['tenant', 'created_at']],
  ['orders', ['tenant', 'number']],
  ['orders', ['tenant', 'email']],
  ['order_lines', ['tenant', 'source', 'order_id']],
  ['order_refunds', ['tenant', 'source', 'order_id']],
  ['customers', ['tenant', 'email']],
  ['products', ['tenant', 'sku']],
  ['product_variations', ['tenant', 'source', 'parent_id']],
];

/** Where the tables stand. `prefix` as the settings allow it; `schema` any name, it is quoted. */
export interface SchemaPlace {
  readonly schema: string;
  readonly prefix: string;
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const qualified = ({ schema, prefix }: SchemaPlace, name: string): string =>
  `${quoted(schema)}.${quoted(`${prefix}${name}`)}`;
