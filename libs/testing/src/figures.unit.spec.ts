import { describe, expect, it } from 'vitest';
import { figure, figureText, listed, median, ratios, spread } from './index.js';

describe('median', () => {
  it.each([
    ['an odd number of values', [9, 1, 5], 5],
    ['an even number of values', [4, 1, 3, 100], 3.5],
    ['one value', [7], 7],
    ['values whose order as texts is another', [10, 9, 100], 10],
  ])('is the middle of %s', (_, values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('is no number when there is nothing, and leaves its values in their order', () => {
    expect(median([])).toBeNaN();
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('rounds', () => {
  it('are compared pairwise and printed with their spread', () => {
    const quotients = ratios([3, 8], [4, 10]);
    expect([quotients, listed(quotients, 2), spread(quotients, 1)]).toEqual([[0.75, 0.8], '0.75 0.80', '0.8-0.8']);
    expect(ratios([1, 2], [1])[1]).toBeNaN();
    expect(spread([5, 1, 9], 0)).toBe('1-9');
  });
});

describe('figure', () => {
  const judge = (value: number, goal: Parameters<typeof figure>[1]['goal']) => {
    const { goal: text, met } = figure('f', { value, digits: 2, goal, detail: '' });
    return [text, met];
  };

  it.each([
    ['at least, reached exactly', 0.7, { atLeast: 0.7 }, '>= 0.7', true],
    ['at least, not reached though it is printed alike', 0.699, { atLeast: 0.7 }, '>= 0.7', false],
    ['at most, reached exactly', 1.6, { atMost: 1.6 }, '<= 1.6', true],
    ['at most, exceeded', 1.61, { atMost: 1.6 }, '<= 1.6', false],
    ['below, reached exactly', 5, { below: 5 }, '< 5', false],
    ['below', 4.9, { below: 5 }, '< 5', true],
    ['no goal', 1, null, 'none', true],
  ])('is held against its goal: %s', (_, value, goal, text, met) => {
    expect(judge(value, goal)).toEqual([text, met]);
  });

  it.each([null, { atLeast: 0 }, { atMost: 9 }, { below: 9 }])('meets no goal (%o) without a number', (goal) => {
    expect(judge(Number.NaN, goal)[1]).toBe(false);
  });

  it('is printed on two lines', () => {
    const made = figure('ours / bare', { value: 0.5, digits: 2, goal: { atLeast: 0.7 }, detail: '5 rounds' });
    expect(figureText(made)).toBe('MISSED ours / bare: 0.50 (goal >= 0.7)\n       5 rounds\n');
    expect(figureText({ ...made, met: true })).toBe('met    ours / bare: 0.50 (goal >= 0.7)\n       5 rounds\n');
  });
});
