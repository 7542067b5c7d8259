import { expect, test } from 'vitest'
import type { ConvergeEvent } from '../../../lib/engine/converge.ts'
import type { ReportedChange } from '../../../lib/engine/plan.ts'
import { HostRecord } from '../../../lib/run/report/host-record.ts'
import { stepReport } from '../../view/support.ts'

const change = (what: string, rest: Partial<ReportedChange> = {}): ReportedChange => ({ what, from: null, to: 'there', ...rest })
const reading: ConvergeEvent = { type: 'reading', facts: 3 }
const starts = (key: string, what: string): ConvergeEvent => ({ type: 'applying', key, change: change(what) })
const ends = (key: string, what: string, error?: string): ConvergeEvent => ({
  type: 'applied',
  key,
  change: change(what, { seconds: 1 }),
  ok: error === undefined,
  ...(error === undefined ? {} : { error }),
})
const says = (key: string, rest = {}): ConvergeEvent => ({ type: 'step', report: stepReport(key, rest) })

function recorded(...events: ConvergeEvent[]): HostRecord {
  const record = new HostRecord()
  for (const event of events) record.note(event)
  return record
}

/** As short as a test can spell it out. */
const short = (record: HostRecord) =>
  record
    .steps()
    .map(({ project, step, status, changes, error, reason }) => [
      `${project ?? '-'} ${step} ${status}`,
      changes.map(({ what }) => what).join(),
      error ?? reason ?? '',
    ])

const NOT_READ = 'changed, but not read again, since the run was cut'

test('nothing happened yet: nothing to tell', () => {
  const record = recorded(reading)
  expect([record.steps(), record.running]).toEqual([[], undefined])
})

test('two changes made, the third running: the two are told, the outcome of the third is not known', () => {
  const record = recorded(
    reading,
    says('server'),
    starts('a/role', 'role a'),
    ends('a/role', 'role a'),
    starts('a/database', 'database a'),
    ends('a/database', 'database a'),
    starts('a/migrations', 'migrations of a'),
  )
  expect(short(record)).toEqual([
    ['- server ok', '', ''],
    ['a role unknown', 'role a', NOT_READ],
    ['a database unknown', 'database a', NOT_READ],
    ['a migrations unknown', '', 'migrations of a was being changed when the run was cut, so the outcome is not known'],
  ])
  expect(record.running).toEqual({ project: 'a', step: 'migrations', change: change('migrations of a') })
})

test('a change that the next one follows without a word has failed; so has one that is followed by a reading', () => {
  const lost = 'failed; the reason was lost with the connection'
  expect(short(recorded(reading, starts('a/role', 'role a'), starts('a/env-file', 'file x')))).toEqual([
    ['a role failed', '', `role a: ${lost}`],
    ['a env-file unknown', '', 'file x was being changed when the run was cut, so the outcome is not known'],
  ])
  const read = recorded(reading, starts('a/role', 'role a'), reading)
  expect([short(read), read.running]).toEqual([[['a role failed', '', `role a: ${lost}`]], undefined])
})

test('the reason of a failure takes the place of what was guessed', () => {
  const events = [
    starts('a/role', 'role a'),
    starts('b/role', 'role b'),
    ends('b/role', 'role b'),
    ends('a/role', 'role a', 'no'),
  ]
  expect(short(recorded(reading, ...events, reading))).toEqual([
    ['a role failed', '', 'role a: no'],
    ['b role unknown', 'role b', NOT_READ],
  ])
})

test("a step's report at the end is the last word, also on a host's script, which says no more", () => {
  const done = { status: 'changed' as const, changes: [change('backup of a', { seconds: 2 })] }
  const record = recorded(starts('a/backup', 'backup of a'), says('a/backup', done), starts('b/backup', 'backup of b'))
  expect(short(record)).toEqual([
    ['a backup changed', 'backup of a', ''],
    ['b backup unknown', '', 'backup of b was being changed when the run was cut, so the outcome is not known'],
  ])
})

test('what an earlier report had made is kept when the step is changed once more', () => {
  const made = { status: 'changed' as const, changes: [change('one', { seconds: 1 }), change('planned')] }
  expect(short(recorded(says('a/tables', made), starts('a/tables', 'two'), ends('a/tables', 'two')))).toEqual([
    ['a tables unknown', 'one,two', NOT_READ],
  ])
})
