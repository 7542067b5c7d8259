import { expect, test } from 'vitest'
import { lastRunStep } from '../../../lib/steps/backup/last-run.ts'
import { expectUnreadable, plan, rows } from '../common/support.ts'

const step = lastRunStep('onquota', () => new Date('2026-11-24T03:06:00Z'))
const status = { ok: true, stage: 'done', startedAt: '2026-11-24T03:00:00Z', finishedAt: '2026-11-24T03:01:00Z', newest: null }

test('it failed: its stage, when, and why', () => {
  const of = (changes: object | null) => plan(step, { status: changes === null ? null : { ...status, ...changes } })
  expect(rows(of(null))).toEqual([])
  expect(rows(of({}))).toEqual([])
  const failed = of({ ok: false, stage: 'upload', error: 'the box is full' })
  expect(rows(failed)).toEqual([['last backup run of onquota', 'failed at upload: the box is full', 'ok', 'person']])
  expect(failed.changes).toMatchObject([
    { text: 'the last run failed at upload, 5 min ago: the box is full', next: ['backup', 'onquota'] },
  ])
  expect(of({ ok: false, stage: 'dump', finishedAt: null }).changes[0]?.text).toBe('the last run failed at dump: no reason given')
})

test('unreadable', () => expectUnreadable(step))
