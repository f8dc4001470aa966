import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderEnvExample } from './env-example.js';
import { loadConfig } from './load-config.js';
import { VARIABLES } from './variables.js';

const file = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');

describe('.env.example', () => {
  it('is what the table of variables says', () => {
    expect(file).toBe(renderEnvExample());
  });

  it('lists every variable once, with a comment above it', () => {
    const lines = file.split('\n');
    for (const name of Object.keys(VARIABLES)) {
      const found = lines.filter((line) => line.startsWith(`# ${name}=`));
      expect(found).toHaveLength(1);
      expect(lines[lines.indexOf(found[0] ?? '') - 1]).toMatch(/^# Must be /);
    }
  });

  it('is usable as it stands: its defaults load', () => {
    const entries = [...file.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
    expect(loadConfig(Object.fromEntries(entries))).toEqual(loadConfig({}));
  });
});
