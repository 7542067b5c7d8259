import type { RunReport } from '../../lib/run/report/report.ts'

/** A run without hosts that ended well. */
export const report: RunReport = {
  task: 'provision',
  ok: true,
  exitCode: 0,
  check: false,
  run: '1a2b',
  startedAt: '2026-11-24T03:00:00.000Z',
  seconds: 1,
  by: 'me@ops',
  inventory: '/x/inventory.ts',
  warnings: [],
  hosts: [],
}
