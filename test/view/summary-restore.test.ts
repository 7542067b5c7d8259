import { expect, test } from 'vitest'
import { summary } from '../../lib/view/summary.ts'
import { hostReport, runReport, stepReport } from './support.ts'

const told = (steps: ReturnType<typeof stepReport>[], more: object) =>
  summary(runReport([hostReport('vps', steps)], { task: 'restore', ...more }), {
    colours: false,
    width: 100,
    defaultInventory: '/srv/ops/inventory/index.ts',
  }).split('\n')
const change = { what: 'restore drill of onquota', from: 'on the box', to: 'proven' }

test('what was proven stands there, one line for each thing', () => {
  const step = stepReport('onquota/drill', {
    status: 'changed',
    changes: [change],
    note: 'backup_x.sql.gz; equal to its manifest in every table; 6 h old (RPO); back in 12 s (RTO)',
  })
  const lines = told([step], {})
  expect(lines[0]).toBe('restore: 1 backup restored, and equal')
  expect(lines.slice(lines.indexOf('Proven'), lines.indexOf('Proven') + 5)).toEqual([
    'Proven',
    '  vps onquota/drill  backup_x.sql.gz',
    '    equal to its manifest in every table',
    '    6 h old (RPO)',
    '    back in 12 s (RTO)',
  ])
})

test('a hash alone is not called restored', () => {
  const note = 'backup_x.sql.gz.age; hash proven, contents not, since no private key was given'
  expect(told([stepReport('onquota/drill', { status: 'changed', changes: [change], note })], {})[0]).toBe('restore: done')
})

test('a failure has its advice below it', () => {
  const step = stepReport('onquota/drill', {
    status: 'failed',
    error: 'exit 1: it is damaged',
    help: 'try an older one with --at',
  })
  const lines = told([step], { ok: false, exitCode: 1 })
  expect(lines[0]).toBe('restore: 1 failed')
  expect(lines).toContain('    it is damaged'.replace('it', 'exit 1: it'))
  expect(lines).toContain('    → try an older one with --at')
})
