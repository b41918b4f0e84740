import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Forks, not threads: suites end their processes, load the addon anew and measure memory.
// Many suites wait for timers, children and disks, so there are more of them than processors; vitest's own choice
// is one less, which on two processors is one file at a time.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000
  }
})
