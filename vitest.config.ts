import { defineConfig } from 'vitest/config'

// Forks, not threads: suites end their processes, load the addon anew and measure memory.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000
  }
})
