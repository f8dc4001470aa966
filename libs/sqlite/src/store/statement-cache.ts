import type { Statement } from 'better-sqlite3';
import type { Db } from '../schema.js';
import type { SqlValue } from './columns.js';
import type { Sql } from './find-sql.js';

const LIMIT = 200;

/** Prepared queries by their text; callers build few distinct texts, values are bound. */
export class StatementCache {
  readonly #statements = new Map<string, Statement<SqlValue[]>>();

  constructor(private readonly db: Db) {}

  all<Row>({ text, values }: Sql): Row[] {
    return this.#prepared(text).all(...values) as Row[];
  }

  #prepared(text: string): Statement<SqlValue[]> {
    const known = this.#statements.get(text);
    if (known) return known;
    if (this.#statements.size >= LIMIT) this.#statements.clear();
    const statement = this.db.prepare<SqlValue[]>(text);
    this.#statements.set(text, statement);
    return statement;
  }
}
