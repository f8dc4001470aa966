import { describe, expect, it } from 'vitest';
import { plainTable, screenTable } from './table.js';

const table = {
  head: ['run', 'found', 'message'],
  rows: [
    ['run_1', '7', 'a\nb'],
    ['run_22', '1200', ''],
    ['Zoë', '30', 'ü'],
  ],
  right: [1],
};

describe('tables', () => {
  it('are aligned in files and pipes, one line per row, without spaces at the end', () => {
    expect(plainTable(table)).toBe(
      ['run     found  message', 'run_1       7  a b', 'run_22   1200', 'Zoë        30  ü'].join('\n'),
    );
  });

  it('fit the screen: the last column wraps', () => {
    const text = screenTable({ ...table, rows: [['run_1', '7', 'word '.repeat(30)]] }, 60);
    const lines = text.split('\n');
    expect(lines.length).toBeGreaterThan(4);
    expect(screenTable({ head: ['status'], rows: [['failed']] }, 60, (cell) => `<${cell}>`)).toContain('<failed>');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });
});
