import { expect, test } from 'vitest'
import type { StepReport } from '../../../lib/engine/plan.ts'
import { exitCode } from '../../../lib/run/report/report.ts'
import { concluded } from '../../../lib/verbs/status/index.ts'
import type { Found } from '../../../lib/verbs/status/facts.ts'
import { judge, looked, NAME, project, wellFound } from './support.ts'

test('all is well, with all of it as data', () => {
  expect(judge(project, wellFound())).toEqual({
    database: {
      name: 'onquota_db',
      bytes: 12_400_000,
      tables: 2,
      declaredTables: 2,
      missingTables: [],
      extraTables: [],
      revisions: ['022'],
      heads: ['022'],
      codeNotChecked: null,
      sinceBackup: null,
    },
    backup: {
      newest: { name: NAME, bytes: 1000, finishedAt: '2026-11-24T03:00:00.000Z', ageSeconds: 32_400, usualBytes: 850 },
      proof: {
        grade: 'restored',
        at: '2026-11-22T04:00:00Z',
        backup: 'backup_onquota_db_20261122_030000.sql.gz',
        newest: 'not yet',
      },
      drill: { enabled: true, last: { result: 'ok', at: '2026-11-22T04:00:00Z', reason: null } },
      local: { copies: 4, bytes: 4000, freeBytes: 5e9, fullOn: null, unknown: null },
      boxes: [
        {
          name: 'box',
          error: null,
          copies: 4,
          bytes: 4100,
          newest: { name: NAME, bytes: 1000, finishedAt: '2026-11-24T03:00:00.000Z' },
          freeBytes: 8e11,
          fullOn: null,
          unknown: null,
        },
      ],
      nextRun: '2026-11-25T02:00:00.000Z',
      zone: 'Europe/Berlin',
      lastRun: { ok: true, stage: 'done', finishedAt: '2026-11-24T03:00:20Z', error: null },
      errors: [],
      held: null,
    },
    problems: [],
    notChecked: ['the login of onquota_user'],
  })
})

test('exit code: 0 all well, 2 something is not so, 1 something could not be looked at', () => {
  const host = { name: 'vps', ok: true, roundTrips: 1, seconds: 1, steps: [] }
  const dropped: StepReport = {
    project: 'onquota',
    step: 'tables',
    status: 'drift',
    changes: [{ what: 'table clients', from: null, to: 'there', manual: true }],
  }
  const of = (found: Partial<Found>, ...steps: StepReport[]) => {
    const report = concluded({ ...host, steps }, [looked(found, steps)])
    return [report.ok, report.steps.map(({ status }) => status), exitCode('look', [report])]
  }
  const away: Partial<Found> = { look: { error: 'away' } }
  expect(of({})).toEqual([true, ['ok'], 0])
  expect(of({}, dropped)).toEqual([false, ['drift', 'ok'], 2])
  expect(of(away, dropped)).toEqual([false, ['drift', 'failed'], 1])
  expect(exitCode('look', [{ ...host, error: 'no answer' }])).toBe(1)
})
