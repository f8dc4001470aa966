import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { painted } from './paint.js';

describe('painting', () => {
  it('colours states and nothing else', () => {
    const colours = pc.createColors(true);
    expect(painted('failed', colours)).toBe(colours.red('failed'));
    expect(painted('completed', colours)).toBe(colours.green('completed'));
    expect(painted('order 1042 failed', colours)).toBe('order 1042 failed');
    expect(painted('failed', pc.createColors(false))).toBe('failed');
  });
});
