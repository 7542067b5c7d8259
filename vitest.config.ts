import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/e2e/support/order.ts'
import { labs } from './test/e2e/support/workers.ts'

// Two projects: `unit` is pure and fast, `e2e` runs against the labs' real hosts, which its global set-up brings up.
export default defineConfig({
  test: {
    reporters: ['default', ['json', { outputFile: process.env['BITACORA_RESULTS'] ?? 'test-results/vitest.json' }]],
    sequence: { sequencer: LongestFirst },
    // Taking the labs down is waited for.
    teardownTimeout: 120_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/lab/**'],
          setupFiles: ['test/support/temporary.ts'],
          // Ends what hangs; on a machine whose cores are all busy a test takes many times its usual second.
          testTimeout: 120_000,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
          // Pure tests share nothing that another could spoil; a fresh context a file would cost more than they do.
          isolate: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/lab/**/*.test.ts'],
          globalSetup: ['test/e2e/support/lab.ts'],
          setupFiles: ['test/support/temporary.ts', 'test/e2e/support/worker.ts'],
          // These end what hangs, and measure nothing: all cores may be busy, and packages may come slowly.
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // A lab for each, see test/e2e/support/workers.ts.
          maxWorkers: labs().length,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
