import { describe, expect, it } from 'vitest';
import { postgresRoute } from '../index.js';
import { parseDatabaseUrl } from './database-address.js';

describe('a database URL', () => {
  it('is taken apart, escapes included', () => {
    const url = 'postgresql://postgres.abc:p%40ss%2F@aws-0-eu.pooler.supabase.com:6543/postgres?sslmode=verify-full';
    expect(parseDatabaseUrl(url)).toEqual({
      host: 'aws-0-eu.pooler.supabase.com',
      port: 6543,
      database: 'postgres',
      user: 'postgres.abc',
      password: 'p@ss/',
      tls: 'verified',
    });
  });

  it.each([
    ['postgres://u@db.example.com/x', 'encrypted'],
    ['postgres://u@db.example.com/x?sslmode=require', 'encrypted'],
    ['postgres://u@db.example.com/x?sslmode=disable', 'off'],
    ['postgres://u@localhost/x', 'off'],
    ['postgres://u@127.0.0.1/x', 'off'],
    ['postgres://u@[::1]/x', 'off'],
    ['postgres://u@10.0.0.1/x?sslmode=require', 'encrypted'],
  ])('decides about TLS: %s', (url, tls) => {
    expect(parseDatabaseUrl(url).tls).toBe(tls);
  });

  it.each(['https://u:geheim@x/y', 'geheim', 'postgres://'])('is refused without repeating it: %s', (url) => {
    expect(() => parseDatabaseUrl(url)).toThrow(expect.objectContaining({ code: 'database_url_invalid' }) as Error);
    expect(() => parseDatabaseUrl(url)).not.toThrow(/geheim/);
  });
});

it.each(['127.0.0.1', '[::1]', 'localhost', '169.254.169.254'])(
  'never connects to %s unless private targets are allowed',
  async (host) => {
    const databaseUrl = `postgres://u:geheim@${host}:1/x`;
    const route = postgresRoute({ schema: 'public', prefix: 'woo_', databaseUrl, allowPrivateTargets: false });
    const failure: unknown = await route.check().catch((thrown: unknown) => thrown);
    await route.close();
    expect(failure).toMatchObject({ kind: 'held', problem: 'supabase_access_denied' });
    expect(String(failure)).toMatch(/private address/);
    expect(String(failure)).not.toMatch(/geheim/);
  },
);
