import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Host } from './worlds/host.js';
import { worldCase } from './worlds/random-case.js';
import { runWorld } from './worlds/world-case.js';

/** A few of the worlds of `npm run test:worlds`, which runs a thousand. */
const WORLDS = [1, 2, 3, 4, 5, 6];

describe('the run after a dry run', () => {
  let host: Host;
  beforeAll(async () => {
    host = await Host.start();
  }, 60_000);
  afterAll(() => host.close());

  it.each(WORLDS)(
    'does what was announced, in as many requests, and the dry run wrote nothing (world %i)',
    async (number) => {
      const { lines, problems } = await runWorld(number, worldCase(number), host);
      expect(problems).toEqual([]);
      expect(lines).toBeGreaterThan(0);
    },
    60_000,
  );
});
