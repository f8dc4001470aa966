import { describe, expect, it } from 'vitest';
import { databaseIdentity, databaseUrlProblem } from './database-url.js';

describe('the address of a database', () => {
  it.each([
    ['postgresql://postgres:secret@db.abc.supabase.co:5432/postgres', 'postgres://db.abc.supabase.co:5432/postgres'],
    ['postgres://u:p@DB.Example.com/shop?sslmode=require', 'postgres://db.example.com:5432/shop'],
    ['postgres://u:p@db.example.com', 'postgres://db.example.com:5432/postgres'],
    [
      'postgresql://postgres.abcdef:pw@aws-0-eu.pooler.supabase.com:6543/postgres?pgbouncer=true',
      'postgres://abcdef@aws-0-eu.pooler.supabase.com:6543/postgres',
    ],
  ])('%s is called %s', (text, name) => {
    expect(databaseUrlProblem(text, false)).toBeNull();
    expect(databaseIdentity(text)).toBe(name);
  });

  it.each([
    ['postgres://u:secret@127.0.0.1/db', 'private'],
    ['postgres://u:secret@127.1/db', 'private'],
    ['postgres://u:secret@2130706433/db', 'private'],
    ['postgres://u:secret@[::1]:5432/db', 'private'],
    ['postgres://u:secret@LOCALHOST/db', 'private'],
    ['postgres://u:secret@10.0.0.8/db', 'private'],
    ['postgres://u:secret@db.example.com/db?host=127.0.0.1', 'parameters'],
    ['postgres://u:secret@db.example.com/db?sslkey=/etc/passwd', 'parameters'],
    ['postgres://u:sec#ret@db.example.com/db', '#'],
    ['postgres://u:p@/db', 'postgresql://user'],
    ['postgres://u:secret%zz@db.example.com/db', 'postgresql://user'],
    ['https://u:secret@db.example.com/db', 'postgresql://user'],
    ['secret', 'postgresql://user'],
  ])('%s is refused without repeating it', (text, why) => {
    const problem = databaseUrlProblem(text, false) ?? '';
    expect(problem).toContain(why);
    expect(problem).not.toContain('secret');
  });

  it('may be private where that is allowed', () => {
    expect(databaseUrlProblem('postgres://u:p@127.0.0.1:54322/postgres', true)).toBeNull();
    expect(databaseUrlProblem('postgres://u:p@db.example.com/db?host=127.0.0.1', true)).toContain('parameters');
  });
});
