import { defineConfig } from 'vitest/config';

/** Specs over real servers: one stack per run, a topic prefix of its own per file (`distributedStack()`). */
export default defineConfig({
  resolve: { conditions: ['tillstream-source', 'node'] },
  ssr: { resolve: { conditions: ['tillstream-source', 'node'] } },
  test: {
    include: ['libs/**/*.dist.spec.ts', 'services/**/*.dist.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['deploy/local/vitest-setup.mjs'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
