import { expect, test } from 'vitest'
import { freshBackupStep, oldestAllowed } from '../../lib/proofs/fresh-backup.ts'
import { context, expectUnreadable, help, plan, rows } from '../steps/support.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const backup = { ...context().project.backup!, schedule: '0 3 * * *' }
const step = freshBackupStep('onquota', backup, () => NOW)
const newest = { name: 'b.sql.gz', bytes: 10, sha256: 'ab', grade: 'hashed on the box', finishedAt: '2026-11-24T03:01:00Z' }
const status = { ok: true, stage: 'done', startedAt: '2026-11-24T03:00:00Z', finishedAt: '2026-11-24T03:01:00Z', newest }
const of = (finishedAt: string) => ({ ...status, newest: { ...newest, finishedAt } })
const LIMIT = 'not older than 2026-11-24T02:59:00.000Z'

test.each([
  ['right', status, 'UTC', []],
  ['just in time', of('2026-11-24T02:59:00Z'), null, []],
  ['never', null, null, [['newest backup of onquota', null, 'there', 'person']]],
  ['none', { ...status, newest: null }, null, [['newest backup of onquota', null, 'there', 'person']]],
  ["yesterday's", of('2026-11-23T03:01:00Z'), null, [['newest backup of onquota', 'of 2026-11-23T03:01:00Z', LIMIT, 'person']]],
  [
    'fresh, but the last run failed',
    { ...status, ok: false, stage: 'upload', error: 'no' },
    null,
    [['last backup run of onquota', 'failed at upload: no', 'ok', 'person']],
  ],
  [
    'failed without a reason',
    { ...status, ok: false, stage: 'dump' },
    null,
    [['last backup run of onquota', 'failed at dump: no reason given', 'ok', 'person']],
  ],
  [
    "the schedule is the host's own time",
    of('2026-11-23T08:01:00Z'),
    'America/Lima',
    [['newest backup of onquota', 'of 2026-11-23T08:01:00Z', 'not older than 2026-11-24T07:59:00.000Z', 'person']],
  ],
])('%s', (_what, found, zone, changes) => {
  expect(rows(plan(step, { status: found, zone }))).toEqual(changes)
})

test('the note tells what is there, the help what to do', () => {
  expect(plan(step, { status, zone: null }).note).toBe('b.sql.gz, 10 bytes, hashed on the box')
  expect(plan(step, { status: null, zone: null }).note).toBe('none')
  expect(help(plan(step, { status: null, zone: null }))).toMatch(/\/var\/log\/postgres-backup.*backup.* onquota$/)
})

test.each([
  ['0 3 * * *', 'UTC', '2026-11-24T12:00:00Z', '2026-11-24T02:59:00Z'],
  ['0 3 * * *', 'UTC', '2026-11-24T05:59:00Z', '2026-11-23T02:59:00Z'],
  ['0 3 * * *', 'UTC', '2026-11-24T06:00:01Z', '2026-11-24T02:59:00Z'],
  ['0 3 * * 0', 'UTC', '2026-11-24T12:00:00Z', '2026-11-22T02:59:00Z'],
  ['0 3 * * *', 'America/Lima', '2026-11-24T10:59:00Z', '2026-11-23T07:59:00Z'],
  ['0 3 * * *', 'America/Lima', '2026-11-24T11:00:01Z', '2026-11-24T07:59:00Z'],
  ['*/30 * * * *', 'UTC', '2026-11-24T12:10:00Z', '2026-11-24T08:59:00Z'],
])('%s in %s: at %s not older than %s', (schedule, zone, now, limit) => {
  expect(oldestAllowed(schedule, zone, new Date(now))).toEqual(new Date(limit))
})

test('unreadable', () => expectUnreadable(step))
