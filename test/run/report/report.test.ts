import { expect, test } from 'vitest'
import type { Status } from '../../../lib/engine/plan.ts'
import { exitCode, taskName } from '../../../lib/run/report/report.ts'
import type { HostReport } from '../../../lib/run/report/report.ts'

const host = (...statuses: Status[]): HostReport => ({
  name: 'h',
  ok: true,
  roundTrips: 1,
  seconds: 1,
  steps: statuses.map((status) => ({ project: null, step: 'x', status, changes: [] })),
})
const away: HostReport = { ...host(), error: 'away' }

test.each([
  ['nothing at all', [], 0, 0],
  ['all ok', [host('ok', 'ok'), host('ok')], 0, 0],
  ['changed', [host('ok', 'changed')], 0, 0],
  ['a difference', [host('ok', 'drift')], 1, 2],
  ['unknown', [host('unknown')], 1, 2],
  ['skipped', [host('drift', 'skipped')], 1, 2],
  ['failed', [host('failed', 'drift')], 1, 1],
  ['a host away', [host('ok'), away], 1, 1],
  ['a host away, another different', [away, host('drift')], 1, 1],
])('%s', (_what, hosts, change, look) => {
  expect([exitCode('change', hosts), exitCode('look', hosts)]).toEqual([change, look])
})

test('a task as one types it', () => {
  expect([
    taskName({ task: 'verify' }),
    taskName({ task: 'provision', flags: ['--check'] }),
    taskName({ task: 'backup', flags: ['--prune', '--check'] }),
  ]).toEqual(['verify', 'provision --check', 'backup --prune --check'])
})
