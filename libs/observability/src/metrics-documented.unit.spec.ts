import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'test', 'bench'].includes(entry.name)) return [];
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) return sources(full);
    return entry.name.endsWith('.ts') && !entry.name.includes('.spec.') ? [readFileSync(full, 'utf8')] : [];
  });
}

/** `name{label,label}` as declared by `.counter('name', { … labels: [...] })` and its siblings. */
function declared(): string[] {
  const text = ['libs', 'services'].flatMap((dir) => sources(path.join(root, dir))).join('\n');
  const declaration = /(?:counter|gauge|histogram|definition)\(\s*(?:registry,\s*)?'([a-z_]+)',\s*\{([^}]*)\}/g;
  return [...text.matchAll(declaration)].map(([, name = '', options = '']) => {
    const labels = [...(/labels: \[([^\]]*)\]/.exec(options)?.[1] ?? '').matchAll(/'([a-z]+)'/g)].map(([, one]) => one);
    return labels.length === 0 ? name : `${name}{${labels.join(',')}}`;
  });
}

describe('the table of metrics in docs/operations.md', () => {
  it('has every metric with its labels, and no other', () => {
    const docs = readFileSync(path.join(root, 'docs/operations.md'), 'utf8');
    const table = docs.slice(docs.indexOf('## Metrics'), docs.indexOf('## Traces'));
    const documented = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
    expect(documented.toSorted()).toEqual(declared().toSorted());
    expect(documented.length).toBeGreaterThan(20);
  });
});
