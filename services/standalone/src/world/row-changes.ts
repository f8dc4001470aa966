import type { SupabaseControl } from '@tillstream/sandbox';

/** A change of a row as the database itself noted it, by trigger: the truth about writes and about versions. */
export interface NotedChange {
  readonly table: string;
  readonly tenant: string;
  readonly id: string;
  /** null = inserted; versions are microseconds. */
  readonly oldVersion: bigint | null;
  /** null = deleted. */
  readonly newVersion: bigint | null;
}

/** Tables whose rows stand for records of the source; lines and refunds follow their order. */
export const RECORD_TABLES = ['orders', 'customers', 'products', 'product_variations'] as const;

/** Lets the database write down every change of a record's row from now on; the tables must exist. */
export async function noteRowChanges(control: SupabaseControl, prefix: string): Promise<void> {
  const triggers = RECORD_TABLES.map(
    (table) =>
      `create trigger noted after insert or update or delete on public.${prefix}${table}
       for each row execute function witness.note();`,
  );
  await control.sql(`
    create schema witness;
    create table witness.changes (position bigserial primary key, tab text, tenant text, id text, old bigint, new bigint);
    create function witness.note() returns trigger language plpgsql security definer set search_path = '' as $$
    begin
      insert into witness.changes (tab, tenant, id, old, new) values (tg_table_name, coalesce(new.tenant, old.tenant),
        coalesce(new.id, old.id), old.source_version, new.source_version);
      return null;
    end $$;
    ${triggers.join('\n')}`);
}

export async function rowChanges(control: SupabaseControl): Promise<NotedChange[]> {
  const rows = await control.sql(
    'select tab, tenant, id, old::text as old, new::text as new from witness.changes order by position',
  );
  return rows.map((row) => ({
    table: String(row['tab']),
    tenant: String(row['tenant']),
    id: String(row['id']),
    oldVersion: version(row['old']),
    newVersion: version(row['new']),
  }));
}

function version(value: unknown): bigint | null {
  return value === null || value === undefined ? null : BigInt(value as string);
}
