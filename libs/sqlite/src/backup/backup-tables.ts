import { PermanentError } from '@tillstream/kernel';
import { KEY_FILES } from '../folder.js';
import type { Db } from '../schema.js';

/** What makes a copy of the database a backup; a restored database has none of it. */
const FORMAT_VERSION = 1;
const PRODUCT_VERSION = '0.1.0';

export interface KeyFile {
  readonly name: string;
  readonly content: Buffer;
}

interface MetaRow {
  readonly format_version: number;
  readonly created_at: string;
}

/** `createdAt`: RFC 3339 UTC with milliseconds. */
export function addBackupTables(db: Db, createdAt: string, keys: readonly KeyFile[]): void {
  db.transaction(() => {
    db.exec(
      `CREATE TABLE backup_meta (format_version INTEGER NOT NULL, created_at TEXT NOT NULL, product_version TEXT NOT NULL);
       CREATE TABLE backup_keys (name TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;`,
    );
    db.prepare('INSERT INTO backup_meta VALUES (?, ?, ?)').run(FORMAT_VERSION, createdAt, PRODUCT_VERSION);
    const insert = db.prepare('INSERT INTO backup_keys VALUES (?, ?)');
    for (const { name, content } of keys) insert.run(name, content);
  })();
}

/** secure_delete: a key must not live on in the free pages, where the next backup without keys would find it. */
export function dropBackupTables(db: Db): void {
  db.pragma('secure_delete = ON');
  db.transaction(() => db.exec('DROP TABLE backup_keys; DROP TABLE backup_meta;'))();
}

/** When the backup was made, and the key files in it. Throws `backup_unreadable` for any other database. */
export function readBackupTables(db: Db, file: string): { createdAt: string; keys: readonly KeyFile[] } {
  const meta = hasTable(db, 'backup_meta') && hasTable(db, 'backup_keys') && metaOf(db);
  if (!meta) throw unreadable(file, 'it is no backup made by Tillstream');
  if (meta.format_version > FORMAT_VERSION) {
    throw unreadable(file, `a newer Tillstream made it (backup format ${meta.format_version})`);
  }
  const names: readonly string[] = KEY_FILES;
  const keys = db.prepare<[], KeyFile>('SELECT name, content FROM backup_keys ORDER BY name').all();
  return { createdAt: meta.created_at, keys: keys.filter(({ name }) => names.includes(name)) };
}

/** Log records and documents of all collections; reads the whole file. */
export function countContents(db: Db): { readonly records: number; readonly documents: number } {
  const tables = db.prepare<[], number>('SELECT id FROM collections').pluck().all();
  const count = (table: string) => Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
  return {
    records: count('log'),
    documents: tables.reduce((sum, id) => sum + count(`docs_${id}`), 0),
  };
}

/** The first thing wrong with the file; null = nothing is. */
export function findDamage(db: Db): string | null {
  const answer = String(db.pragma('integrity_check(1)', { simple: true }));
  return answer === 'ok' ? null : answer;
}

export function unreadable(file: string, reason: string, cause?: unknown): PermanentError {
  return new PermanentError('backup_unreadable', `${file} cannot be restored: ${reason}; nothing was changed`, {
    cause,
  });
}

function hasTable(db: Db, name: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;
}

function metaOf(db: Db): MetaRow | undefined {
  return db.prepare<[], MetaRow>('SELECT format_version, created_at FROM backup_meta').get();
}
