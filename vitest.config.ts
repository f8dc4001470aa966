import { defineConfig } from 'vitest/config';

/** Specs run from source: every workspace package exports its TypeScript under the condition `tillstream-source`. */
export default defineConfig({
  resolve: { conditions: ['tillstream-source', 'node'] },
  ssr: { resolve: { conditions: ['tillstream-source', 'node'] } },
  test: {
    include: ['libs/**/*.spec.ts', 'services/**/*.spec.ts', 'scripts/**/*.spec.ts', 'deploy/**/*.spec.ts'],
    // Specs that need servers run by `npm run test:distributed`.
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.dist.spec.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
