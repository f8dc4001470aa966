import { parseMinor } from '@tillstream/kernel';
import type { SupabaseControl, WooSandbox } from '@tillstream/sandbox';
import {
  type AmountColumn,
  auditMirror,
  type MirrorReport,
  type MirrorRow,
  type MirrorTable,
} from '../audit/mirror.js';
import { rowChanges } from './row-changes.js';

type Json = Readonly<Record<string, unknown>>;

interface Reading {
  readonly control: SupabaseControl;
  readonly tenant: string;
  readonly prefix: string;
}

/** Compares the shop's API with the tables of one tenant. Nothing of Tillstream is asked here. */
export async function compareMirror(
  woo: WooSandbox,
  control: SupabaseControl,
  selected: ReadonlySet<string>,
  { tenant = 'default', prefix = 'woo_' } = {},
): Promise<MirrorReport> {
  const reading = { control, tenant, prefix };
  const orders = woo.rawOrders().filter((raw) => selected.has(String(raw['status'])));
  const refunds = orders.flatMap((raw) => woo.rawRefunds(Number(raw['id'])));
  const currencies = new Map(
    orders.flatMap((raw) => refundsOf(raw).map((id) => [id, String(raw['currency'])] as const)),
  );
  const tables = [
    await tableOf(reading, 'orders', orders, (raw, row) => [
      amount(row, 'total_minor', raw['total'], raw['currency']),
      amount(row, 'total_tax_minor', raw['total_tax'], raw['currency']),
    ]),
    await tableOf(reading, 'order_refunds', refunds, (raw, row) => [
      amount(row, 'amount_minor', raw['amount'], currencies.get(String(raw['id']))),
    ]),
    await tableOf(reading, 'customers', woo.rawCustomers().filter(isCustomer)),
    await tableOf(reading, 'products', woo.rawProducts().filter(isLive)),
    await tableOf(
      reading,
      'product_variations',
      woo
        .rawVariations()
        .map(({ raw }) => raw)
        .filter(isLive),
    ),
  ];
  const changes = (await rowChanges(control)).flatMap(({ table, tenant: owner, id, oldVersion, newVersion }) =>
    owner === tenant && oldVersion !== null && newVersion !== null ? [{ table, id, oldVersion, newVersion }] : [],
  );
  return auditMirror(tables, changes);
}

const isLive = ({ status }: Json): boolean => status !== 'trash';
const isCustomer = ({ role }: Json): boolean => role === 'customer';

function refundsOf(raw: Json): string[] {
  const refunds = Array.isArray(raw['refunds']) ? (raw['refunds'] as Json[]) : [];
  return refunds.map(({ id }) => String(id));
}

async function tableOf(
  { control, tenant, prefix }: Reading,
  name: string,
  expected: readonly Json[],
  amounts: (raw: Json, row: Json) => AmountColumn[] = () => [],
): Promise<MirrorTable> {
  const table = `${prefix}${name}`;
  const rows = await control.sql(`select * from public.${table} where tenant = '${tenant}' order by id`);
  return {
    name: table,
    expected: new Map(expected.map((raw) => [String(raw['id']), raw])),
    rows: rows.map((row): MirrorRow => {
      const raw = row['raw'];
      const known = typeof raw === 'object' && raw !== null ? amounts(raw as Json, row) : [];
      return { id: String(row['id']), raw, deleted: (row['deleted_at'] ?? null) !== null, amounts: known };
    }),
  };
}

/** A planted order may have a total that is no number: then there is no amount to compare. */
function amount(row: Json, column: string, text: unknown, currency: unknown): AmountColumn {
  const minor = row[column] === null || row[column] === undefined ? null : Number(row[column]);
  try {
    return { column, minor, expectedMinor: parseMinor(String(text), String(currency)) };
  } catch {
    return { column, minor, expectedMinor: minor };
  }
}
