import { defineConfig } from 'vitest/config';

/** Not among them: worlds and backup, which open the embedded profile's data folder. */
const END_TO_END = [
  'one-order-one-invoice',
  'runs',
  'changes-in-the-shop',
  'held-is-not-a-bin',
  'connection',
  'outage',
  'tenants',
  'mirror',
  'published-events',
  'grpc',
].map((name) => `services/standalone/test/${name}.e2e.spec.ts`);

/** Specs over real servers: one stack per run, a topic prefix of its own per file (`distributedStack()`). */
export default defineConfig({
  resolve: { conditions: ['tillstream-source', 'node'] },
  ssr: { resolve: { conditions: ['tillstream-source', 'node'] } },
  test: {
    // The end-to-end cases of the embedded profile, too: the same files, over the distributed one (TEST_PROFILE).
    include: ['libs/**/*.dist.spec.ts', 'services/**/*.dist.spec.ts', ...END_TO_END],
    env: { TEST_PROFILE: 'distributed' },
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['deploy/local/vitest-setup.mjs'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
