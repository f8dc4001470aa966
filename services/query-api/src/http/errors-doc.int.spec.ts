import { readdirSync, readFileSync } from 'node:fs';
import { PROBLEM_CODES, RUN_FAILURE_CODES } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import { API_ERRORS } from './api-errors.js';

const root = new URL('../../../../', import.meta.url);
const text = readFileSync(new URL('docs/errors.md', root), 'utf8');

/** The rows of a section's table, cells trimmed, without header and rule. */
function rows(section: string): string[][] {
  const body = text.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return body
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const code = (cells: readonly string[]): string => (cells[0] ?? '').replaceAll('`', '');

/** The program texts below a folder whose path within it matches. */
function sourcesIn(folder: string, where = /^/): string[] {
  return readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => where.test(file) && file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => readFileSync(new URL(`${folder}/${file}`, root), 'utf8'));
}

describe('docs/errors.md', () => {
  it('lists every code of the API with its status, and no other', () => {
    const documented = rows('Answers of the API').map((cells) => [code(cells), Number(cells[1])]);
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(Object.entries(API_ERRORS).map(([name, { status }]) => [name, status])),
    );
    expect(documented).toHaveLength(Object.keys(API_ERRORS).length);
  });

  it('lists every code of a record with category, title and action, and no other', () => {
    expect(rows('Records').map((cells) => [code(cells), ...cells.slice(1)])).toEqual(
      Object.entries(PROBLEM_CODES).map(([name, { category, title, action }]) => [name, category, title, action]),
    );
  });

  it('lists every code of a failed run with title and action, and no other', () => {
    expect(rows('Runs').map((cells) => [code(cells), ...cells.slice(1)])).toEqual(
      Object.entries(RUN_FAILURE_CODES).map(([name, { title, action }]) => [name, title, action]),
    );
  });

  it.each(['Starting', 'Servers', 'Command line'])('names only codes that the sources still have: %s', (section) => {
    const sources = ['libs', 'services'].flatMap((folder) => sourcesIn(folder, /^[^/]+\/src\//));
    const documented = rows(section).map(code);
    expect(documented.length).toBeGreaterThan(0);
    expect(documented.filter((name) => !sources.some((source) => source.includes(`'${name}'`)))).toEqual([]);
  });

  it.each(['libs/kafka/src', 'libs/mongo/src', 'libs/service-host/src', 'services/standalone/src/distributed'])(
    'explains every error of a server or a start that %s can raise',
    (folder) => {
      const thrown = sourcesIn(folder).flatMap((source) => [
        ...source.matchAll(/new (?:Permanent|Transient)Error\(\s*'([a-z_]+)'/g),
      ]);
      const codes = new Set(thrown.flatMap(([, name]) => name ?? []));
      const documented = new Set(['Starting', 'Servers', 'Command line'].flatMap(rows).map(code));
      expect(codes.size).toBeGreaterThan(0);
      expect([...codes].filter((name) => !documented.has(name))).toEqual([]);
    },
  );
});
