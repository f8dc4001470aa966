import type { CollectionDefinition } from '@tillstream/document-store';
import type { Db } from '../schema.js';
import { Collection, declaredFields } from './collection.js';
import { columnOf, NULL_LITERAL } from './columns.js';

/** Creates or adapts the tables of the declared collections: columns and indexes follow the declaration. */
export function openCollections(db: Db, definitions: readonly CollectionDefinition[]): ReadonlyMap<string, Collection> {
  return db.transaction(() => new Map(definitions.map((each) => [each.name, openCollection(db, each)]))).immediate();
}

function openCollection(db: Db, definition: CollectionDefinition): Collection {
  db.prepare('INSERT INTO collections (name) VALUES (?) ON CONFLICT (name) DO NOTHING').run(definition.name);
  const id = Number(db.prepare('SELECT id FROM collections WHERE name = ?').pluck().get(definition.name));
  const table = `docs_${id}`;
  db.exec(
    `CREATE TABLE IF NOT EXISTS ${table} (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, doc TEXT NOT NULL)`,
  );
  const wanted = wantedIndexes(table, definition);
  dropIndexes(db, table, wanted);
  adaptColumns(db, table, declaredFields(definition));
  for (const [name, columns] of wanted) db.exec(`CREATE INDEX IF NOT EXISTS ${name} ON ${table} (${columns})`);
  return new Collection(db, definition, id);
}

function wantedIndexes(table: string, definition: CollectionDefinition): ReadonlyMap<string, string> {
  return new Map(
    definition.indexes.map((fields) => [
      `ix_${table}_${fields.join('__')}`,
      [...fields.map(columnOf), 'id'].join(', '),
    ]),
  );
}

function dropIndexes(db: Db, table: string, wanted: ReadonlyMap<string, string>): void {
  const present = db
    .prepare<[string, string], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND name LIKE ?",
    )
    .pluck()
    .all(table, 'ix_%');
  for (const name of present) if (!wanted.has(name)) db.exec(`DROP INDEX ${name}`);
}

/** A column nobody maintains any more would lie when declared again, so it goes; a new one is filled from the text. */
function adaptColumns(db: Db, table: string, fields: readonly string[]): void {
  const present = new Set(db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table));
  const wanted = new Set(fields.map(columnOf));
  for (const column of present) {
    if (column.startsWith('f_') && !wanted.has(column)) db.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`);
  }
  for (const field of fields) {
    const column = columnOf(field);
    if (present.has(column)) continue;
    db.exec(`ALTER TABLE ${table} ADD COLUMN ${column} NOT NULL DEFAULT ${NULL_LITERAL}`);
    const scalar = `json_type(doc, '$.${field}') NOT IN ('object', 'array', 'null')`;
    db.exec(`UPDATE ${table} SET ${column} = json_extract(doc, '$.${field}') WHERE ${scalar}`);
  }
}
