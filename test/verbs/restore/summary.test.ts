import { expect, test } from 'vitest'
import { proven, well } from '../../../lib/verbs/restore/summary.ts'
import { hostReport, runReport, stepReport } from '../../view/support.ts'
import { proof } from './support.ts'

const change = { what: 'restore drill of onquota', from: 'on the box', to: 'proven' }
const done = (data: object | undefined) =>
  runReport(
    [
      hostReport('vps', [
        stepReport('onquota/drill', { status: 'changed', changes: [change], ...(data === undefined ? {} : { data }) }),
      ]),
    ],
    {
      task: 'restore',
    },
  )

test('what was proven stands there, one line for each thing', () => {
  const report = done({ ...proof, login: null, expectedSeconds: null })
  expect(well(report)).toBe('1 backup restored, and equal')
  expect(proven(report, 100)).toEqual({
    title: 'Proven',
    lines: [
      'vps onquota/drill  backup_onquota_db_20261124_030000.sql.gz',
      '  equal to its manifest in every table, row count and sequence',
      '  6 h old (RPO)',
      '  back in 12 s (RTO)',
    ],
  })
})

test('a hash alone is not called restored; without a record nothing is', () => {
  expect(well(done({ ...proof, contents: 'not looked at' }))).toBe('done')
  expect(well(done(undefined))).toBe('done')
  expect(proven(done(undefined), 100).lines).toEqual([])
})
