import { type FaultInjector, type FaultRule, type FiredFault } from '../shared/faults.js';
import type { Engine, Session } from './engine/engine.js';
import type { ProjectKey, ProjectKeys } from './gateway/keys.js';
import type { LoggedRequest, LoggedStatement, SupabaseLedger } from './ledger.js';
import type { RestApi } from './rest/api.js';
import { qualified } from './rest/schema-cache.js';
import { ident, textOr } from './rest/sql-text.js';
import type { SupabaseSwitches } from './switches.js';
import type { WireServer } from './wire/server.js';

export interface ControlParts {
  readonly engine: Engine;
  readonly api: RestApi;
  readonly keys: ProjectKeys;
  readonly faults: FaultInjector;
  readonly ledger: SupabaseLedger;
  readonly wire: () => WireServer | undefined;
  readonly switches: { value: SupabaseSwitches };
}

export type Row = Readonly<Record<string, unknown>>;

/** What a test may do and see that no client could. Everything here runs as the database's owner. */
export class SupabaseControl {
  constructor(private readonly parts: ControlParts) {}

  /** Rows of a table as JSON, in order of the primary key (else as they lie); `schema.table` or a table of `public`. */
  async rows(table: string): Promise<Row[]> {
    const [schema, name] = table.includes('.') ? (table.split('.') as [string, string]) : ['public', table];
    const target = `${ident(schema)}.${ident(name)}`;
    return this.parts.engine.transaction(async (session) => {
      const { rows: keys } = await session.query(
        `select quote_ident(a.attname) as column from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
         where i.indrelid = $1::text::regclass and i.indisprimary order by array_position(i.indkey::int2[], a.attnum)`,
        [target],
      );
      const order = keys.length === 0 ? '' : `order by ${keys.map(({ column }) => String(column)).join(', ')}`;
      return readJson(session, `select * from ${target} ${order}`);
    });
  }

  /**
   * Runs SQL. A single SELECT gives its rows as JSON; anything else runs as a script and gives none. DDL is noticed by
   * the Data API as Supabase does it.
   */
  async sql(text: string): Promise<Row[]> {
    this.parts.api.noticeStatements([text]);
    const single = text.trim().replace(/;$/u, '');
    if (/^(?:select|values|table|with)\b/iu.test(single) && !single.includes(';')) {
      return this.parts.engine.transaction((session) => readJson(session, single));
    }
    await this.parts.engine.script(text);
    return [];
  }

  /** How many transactions of the whole database changed something since `sinceId` (an earlier answer's `nextId`). */
  async writeTransactions(sinceId = 0): Promise<{ readonly count: number; readonly nextId: number }> {
    const rows = await this.sql('select pg_snapshot_xmax(pg_current_snapshot())::text as id');
    const nextId = Number(rows[0]?.['id']);
    return { count: nextId - sinceId, nextId };
  }

  /** Requests of the Data API that changed something. Direct clients show in `writeTransactions` and `statements`. */
  get writes(): number {
    return this.parts.ledger.writeRequests.length;
  }

  /** Callers of the Data API that left before their answer. */
  get hangUps(): number {
    return this.parts.ledger.hangUps;
  }

  get requests(): readonly LoggedRequest[] {
    return this.parts.ledger.requests;
  }

  /** Batches of direct clients. */
  get statements(): readonly LoggedStatement[] {
    return this.parts.ledger.statements;
  }

  clearLog(): void {
    this.parts.ledger.clear();
  }

  addFault(rule: FaultRule): string {
    return this.parts.faults.add(rule);
  }

  clearFaults(id?: string): void {
    this.parts.faults.clear(id);
  }

  get faultRules(): FaultInjector['rules'] {
    return this.parts.faults.rules;
  }

  get firedFaults(): readonly FiredFault[] {
    return this.parts.faults.fired;
  }

  get switches(): SupabaseSwitches {
    return this.parts.switches.value;
  }

  /** Behaviour from now on. */
  async set(changes: Partial<SupabaseSwitches>): Promise<void> {
    this.parts.switches.value = { ...this.parts.switches.value, ...changes };
    if (changes.readOnly !== undefined) await this.parts.engine.setReadOnly(changes.readOnly);
    if (changes.paused === true) this.terminateConnections();
  }

  reloadSchemaCache(): void {
    this.parts.api.reloadSchemaCache();
  }

  /** Every direct client loses its connection with 57P01, as in a maintenance restart. */
  terminateConnections(): void {
    this.parts.wire()?.terminateAll();
  }

  addKey(key: ProjectKey): void {
    this.parts.keys.add(key);
  }

  revokeKey(value: string): void {
    this.parts.keys.revoke(value);
  }

  /** A signed JWT of the project, e.g. `{ role: 'authenticated', exp: 1 }`. */
  signToken(claims: Readonly<Record<string, unknown>>): string {
    return this.parts.keys.sign(claims);
  }

  /** Tables of the exposed default schema by name, for a first look. */
  async tables(): Promise<string[]> {
    const rows = await this.sql(
      `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'v') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1, 2`,
    );
    return rows.map(({ schema, name }) => qualified(String(schema), String(name)));
  }
}

async function readJson(session: Session, text: string): Promise<Row[]> {
  const { rows } = await session.query(
    `select coalesce(json_agg(result), '[]')::text as list from (${text}) as result`,
  );
  return JSON.parse(textOr(rows[0]?.['list'], '[]')) as Row[];
}
