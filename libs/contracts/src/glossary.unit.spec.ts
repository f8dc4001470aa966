import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DocumentKind } from './record-events.js';
import {
  Entity,
  FailureCategory,
  FailureState,
  Lane,
  Outcome,
  Role,
  RunMode,
  RunStatus,
  Target,
  TriggerType,
} from './vocabulary.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const text = readFileSync(path.join(root, 'docs/glossary.md'), 'utf8');
const rows = text
  .split('\n')
  .filter((line) => /^\| (?!term|---)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'test', 'bench'].includes(entry.name)) return [];
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) return sources(full);
    return entry.name.endsWith('.ts') && !entry.name.includes('.spec.') ? [readFileSync(full, 'utf8')] : [];
  });
}

describe('docs/glossary.md', () => {
  it('defines each term once', () => {
    const terms = rows.flatMap(([, term = '']) => term.split(', '));
    expect(terms.length).toBeGreaterThan(40);
    expect(new Set(terms).size).toBe(terms.length);
    expect(rows.filter(([, , meaning = '']) => meaning.length < 10)).toEqual([]);
  });

  it('has only words that the code uses', () => {
    const code = [...sources(path.join(root, 'libs')), ...sources(path.join(root, 'services'))]
      .join('\n')
      .toLowerCase();
    const squeezed = code.replace(/[\s_-]/g, '');
    const unused = rows
      .flatMap(([, term = '']) => term.split(', '))
      .filter((term) => !squeezed.includes(term.toLowerCase().replace(/[\s_-]/g, '')));
    expect(unused).toEqual([]);
  });

  it('knows every word of the vocabulary that users see', () => {
    const vocabulary = [
      Entity,
      Target,
      RunMode,
      RunStatus,
      TriggerType,
      Outcome,
      FailureCategory,
      FailureState,
      Lane,
      Role,
      DocumentKind,
    ];
    const missing = vocabulary.flatMap(({ options }) => [...options]).filter((word) => !text.includes(`\`${word}\``));
    expect(missing).toEqual([]);
  });
});
