import { expect, test } from 'vitest'
import { boxFact } from '../../../../lib/steps/backup/box/look.ts'
import { freshBackupStep, oldestAllowed } from '../../../../lib/steps/backup/box/fresh-backup.ts'
import { context, expectUnreadable, help, plan, rows } from '../../common/support.ts'
import { BOX, copyLines, listed, sessionText } from './support.ts'
import type { Frames } from './support.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const backup = { ...context().project.backup!, schedule: '0 3 * * *' }
const step = freshBackupStep('onquota', backup, { box: boxFact([BOX]), now: () => NOW })
const NAME = 'backup_onquota_db_20261124_030000.sql.gz'
const newest = { name: NAME, bytes: 10, sha256: 'ab', grade: 'hashed on the box', finishedAt: '2026-11-24T03:01:00Z' }
const status = { ok: true, stage: 'done', startedAt: '2026-11-24T03:00:00Z', finishedAt: '2026-11-24T03:01:00Z', newest }
const of = (finishedAt: string) => ({ ...status, newest: { ...newest, finishedAt } })
/** What lies on the box. */
const boxOf = (name: string | undefined) => sessionText(listed(name === undefined ? [] : copyLines(name)))
const timeOf = (name: string) => name.replace(/^.*_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)\..*$/, '$1-$2-$3T$4:$5:$6Z')
const ledgerOf = (name: string | undefined, finishedAt = timeOf(name ?? '')) =>
  name === undefined ? null : JSON.stringify({ entry: 'made', name, finishedAt, adopted: false, files: FILES })
const FILES = { '': { bytes: 10, sha256: 'a'.repeat(64) } }
const LIMIT = 'not older than 2026-11-24T02:59:00.000Z'

test.each([
  ['right', status, 'UTC', []],
  ['just in time', of('2026-11-24T02:59:00Z'), null, []],
  ['never', null, null, ['unknown', 'once the first backup is made']],
  ['none', { ...status, newest: null }, null, ['unknown', 'once the first backup is made']],
  ["yesterday's", of('2026-11-23T03:01:00Z'), null, [['newest backup of onquota', 'of 2026-11-23T03:01:00Z', LIMIT, 'person']]],
  [
    "the schedule is the host's own time",
    of('2026-11-23T08:01:00Z'),
    'America/Lima',
    [['newest backup of onquota', 'of 2026-11-23T08:01:00Z', 'not older than 2026-11-24T07:59:00.000Z', 'person']],
  ],
])('%s', (_what, found, zone, changes) => {
  const ledger = ledgerOf(found?.newest?.name, found?.newest?.finishedAt)
  expect(rows(plan(step, { status: found, ledger, box: boxOf(found?.newest?.name), zone }))).toEqual(changes)
})

const OLD = 'backup_onquota_db_20261122_030000.sql.gz'
const PLANTED = 'backup_onquota_db_20261124_040000.sql.gz'
const AHEAD = 'backup_onquota_db_20261126_030000.sql.gz'
const MISSING = [['newest backup of onquota', null, 'there', 'person']]

test.each([
  [
    'the newest on the box is old, whatever the host says',
    `${ledgerOf(OLD)}\n${ledgerOf(NAME)}`,
    OLD,
    [['newest backup of onquota', 'of 2026-11-22T03:00:00Z', LIMIT, 'person']],
  ],
  ['one that the ledger does not know', ledgerOf(NAME), PLANTED, MISSING],
  ['one that the ledger knows', `${ledgerOf(OLD)}\n${ledgerOf(NAME)}`, NAME, []],
  [
    'one that lies more than a day ahead',
    ledgerOf(AHEAD),
    AHEAD,
    [[`time of ${AHEAD}`, 'in the future', 'past', 'person'], ...MISSING],
  ],
  ["a box with none, whatever the host's own word", ledgerOf(NAME), undefined, MISSING],
])('judged by the box: %s', (_what, ledger, onBox, changes) => {
  expect(rows(plan(step, { status, ledger, box: boxOf(onBox), zone: null }))).toEqual(changes)
})

const SECOND = { ...BOX, number: 2, address: 'two', user: 'u2' }

test('each box by itself, in a sentence, with the command; one that could not be looked at is told elsewhere', () => {
  const both = freshBackupStep('onquota', backup, { box: boxFact([BOX, SECOND]), now: () => NOW })
  const found = (second: Frames) =>
    plan(both, {
      status,
      ledger: `${ledgerOf(OLD)}\n${ledgerOf(NAME)}`,
      box: sessionText(listed(copyLines(NAME)), second),
      zone: null,
    })
  const old = found(listed(copyLines(OLD)))
  expect(old.changes).toMatchObject([
    {
      what: 'newest backup of onquota on box 2, u2@two',
      text: 'the newest on box 2, u2@two is 2 d old; one was due at 2026-11-24 02:59 UTC',
      next: ['backup', 'onquota'],
    },
  ])
  expect(help(old)).toMatch(/\/var\/log\/postgres-backup.*backup.* onquota$/)
  expect(old.note).toBe(`${NAME}; ${OLD}`)
  expect(found(listed([])).changes.map(({ text }) => text)).toEqual(['there is no backup on box 2, u2@two'])
  const away = found({ open: ['', 255, 'ssh: connect to host two port 23: No route to host\n'] })
  expect(rows(away)).toEqual([])
  expect(away.note).toBe(`${NAME}; not known`)
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
