import { describe, expect, test } from 'vitest'
import { exitCode } from '../lib/report.ts'
import { concluded } from '../lib/status.ts'
import { judge } from '../lib/status/judge.ts'
import { judgeSpace } from '../lib/status/space.ts'
import type { Found } from '../lib/status/facts.ts'
import type { LookDocument } from '../lib/status/document.ts'
import { lookDocument } from '../lib/status/document.ts'
import { NAME, NOW, box, look, proofText, statusFile, wellFound } from './status-support.ts'
import { context } from './steps/support.ts'

const project = context({ 'projects.onquota.database.name': 'onquota_db' })

/** What is told of a project of which this was found, as `kind: text → next`. */
function told(found: Partial<Found>, changes: Record<string, unknown> = {}): string[] {
  const { problems } = judge(Object.keys(changes).length === 0 ? project : context(changes), { ...wellFound(), ...found }, NOW)
  return problems.map(({ kind, text, next, unseen }) => `${unseen === true ? 'unseen ' : ''}${kind}: ${text} → ${next.join(' ')}`)
}
const lookedAt = (changes: Partial<LookDocument>) => told({ look: { value: look(changes) } })
const boxOf = (changes: Parameters<typeof box>[0]) => lookedAt({ boxes: [box(changes)] })

test('all is well, with all of it as data', () => {
  expect(judge(project, wellFound(), NOW)).toEqual({
    database: {
      name: 'onquota_db',
      bytes: 12_400_000,
      tables: 2,
      declaredTables: 2,
      missingTables: [],
      extraTables: [],
      revisions: ['022'],
      heads: ['022'],
    },
    backup: {
      newest: { name: NAME, bytes: 1000, finishedAt: '2026-11-24T03:00:09.000Z', ageSeconds: 32_391, usualBytes: 850 },
      proof: { grade: 'restored', at: '2026-11-22T04:00:00Z', backup: 'backup_onquota_db_20261122_030000.sql.gz' },
      drill: { enabled: true, last: { result: 'ok', at: '2026-11-22T04:00:00Z', reason: null } },
      local: { copies: 4, bytes: 4000, freeBytes: 5e9, fullOn: null },
      boxes: [
        {
          name: 'box',
          error: null,
          copies: 4,
          bytes: 4100,
          newest: { name: NAME, bytes: 1000, finishedAt: '2026-11-24T03:00:09.000Z' },
          freeBytes: 8e11,
          fullOn: null,
        },
      ],
      nextRun: '2026-11-25T02:00:00.000Z',
      zone: 'Europe/Berlin',
      lastRun: { ok: true, stage: 'done', finishedAt: '2026-11-24T03:00:20Z', error: null },
      errors: [],
      held: null,
    },
    problems: [],
  })
})

describe('the database', () => {
  test.each<[string, Partial<Found>, string[]]>([
    [
      'a dropped table',
      { tables: { value: ['users'] } },
      ['tables: 1 table of the inventory is missing: clients → restore onquota --table clients'],
    ],
    [
      'all dropped',
      { tables: { value: [] } },
      ['tables: 2 tables of the inventory are missing: users, clients → verify onquota'],
    ],
    [
      'tables that nobody knows',
      { tables: { value: ['users', 'clients', 'd', 'c', 'b', 'a'] } },
      ['tables: 4 tables not in the inventory: d, c, b and 1 more → verify onquota'],
    ],
    [
      'no database',
      { tables: { value: null }, bytes: { value: null }, current: { value: null } },
      ['database: the database onquota_db is not there → provision onquota --check'],
    ],
    [
      'migrations to run',
      { current: { value: ['021'] } },
      ['head: the database is at 021, the code at 022 → provision onquota --check'],
    ],
    [
      'no migration yet',
      { current: { value: null } },
      ['head: the database is at no revision, the code at 022 → provision onquota --check'],
    ],
    [
      'newer code',
      { code: { value: [{ id: '023', down: [] }] } },
      ['head: the code ends at 023, the inventory says 022 → provision onquota --check'],
    ],
    ['no code', { code: { value: null } }, ['head: there is no alembic.ini in /opt/onquota → provision onquota --check']],
    [
      'a server that is down',
      { tables: { error: 'no server' }, bytes: { error: 'no server' }, current: { error: 'no server' } },
      ['unseen database: onquota_db could not be looked at: no server → verify onquota'],
    ],
    [
      'code that cannot be read',
      { code: { error: 'exit 1' } },
      ['unseen head: the migrations in /opt/onquota could not be read: exit 1 → provision onquota --check'],
    ],
  ])('%s', (_what, found, expected) => {
    expect(told(found)).toEqual(expected)
  })

  test('without migrations nothing is said of tables and head', () => {
    const found: Partial<Found> = { tables: { value: ['any'] }, code: undefined as never, current: undefined as never }
    expect(told(found, { 'projects.onquota.migrations': undefined })).toEqual([])
  })
})

describe('freshness is judged from the box', () => {
  const old = { name: 'backup_onquota_db_20261123_010000.sql.gz', bytes: 900, finishedAt: null }

  test('an old one there, whatever the host says of its own', () => {
    expect(lookedAt({ boxes: [box({ newest: old })], statusFile: statusFile({ newest: null }) })).toEqual([
      'newest: the newest on the box box is 35 h old; one was due at 2026-11-24 01:59 UTC → backup onquota',
    ])
  })

  test('by its manifest, else by its name; a run may take three hours before it counts as missing', () => {
    const begun = { name: 'backup_onquota_db_20261124_015930.sql.gz', bytes: 900, finishedAt: null }
    const quiet = { statusFile: statusFile({ newest: null }) }
    expect(lookedAt({ ...quiet, boxes: [box({ newest: begun })] })).toEqual([])
    const early = { ...begun, name: 'backup_onquota_db_20261124_015830.sql.gz' }
    expect(lookedAt({ ...quiet, boxes: [box({ newest: early })] })).toHaveLength(1)
    expect(lookedAt({ ...quiet, boxes: [box({ newest: { ...early, finishedAt: '2026-11-24T02:10:00Z' } })] })).toEqual([])
  })

  test('the schedule is the host’s zone’s: 03:00 in Los Angeles is an hour ago at noon in London, so not yet missed', () => {
    const newest = { name: 'backup_onquota_db_20261123_120000.sql.gz', bytes: 900, finishedAt: null }
    const at = (zone: string | null) => lookedAt({ zone, boxes: [box({ newest })], statusFile: statusFile({ newest: null }) })
    expect(at('America/Los_Angeles').length).toBe(0)
    expect(at('Europe/Berlin').length).toBe(1)
    expect(at(null).length).toBe(1)
    expect(at('Nowhere/At_all').length).toBe(1)
  })

  test.each<[string, Parameters<typeof box>[0], string]>([
    ['none there', { newest: null }, 'newest: there is no backup on the box box → backup onquota'],
    [
      'cut off there',
      { newest: { bytes: 512 } },
      `newest: ${NAME} has 512 bytes on the box box, its manifest says 1000 → verify onquota`,
    ],
    [
      'no manifest',
      { newest: { manifest: { bytes: null, sha256: null } } },
      `newest: the manifest of ${NAME} on the box box cannot be read → verify onquota`,
    ],
    [
      'a clock that is ahead',
      { newest: { name: 'backup_onquota_db_20261130_030000.sql.gz', finishedAt: null } },
      "newest: backup_onquota_db_20261130_030000.sql.gz lies in the future: is the host's clock right? → verify onquota",
    ],
    [
      'out of reach',
      { error: 'u1@box.example port 23: no route' },
      'unseen copies: the box box could not be looked at: u1@box.example port 23: no route → box onquota',
    ],
  ])('%s', (_what, changes, expected) => {
    expect(boxOf(changes)).toEqual([expected])
  })

  test('the one that the host has brought there is gone, though an older one would be fresh enough', () => {
    const before = { name: 'backup_onquota_db_20261124_020000.sql.gz', bytes: 900, finishedAt: null }
    expect(boxOf({ newest: before })).toEqual([
      `newest: ${NAME} is no longer on the box box, or not complete there → backup onquota`,
    ])
  })

  test('of two boxes each is judged', () => {
    const boxes = [box(), box({ host: 'other.example', newest: null })]
    expect(lookedAt({ boxes })).toEqual(['newest: there is no backup on the box other.example → backup onquota'])
    // The one that failed in the last run was brought nothing: that it isn't there is no news.
    const failed = statusFile({
      boxes: [
        { grade: 'hashed on the box', remotePath: `/x/${NAME}` },
        { grade: null, remotePath: null },
      ],
    })
    const old = box({
      host: 'other.example',
      newest: { name: 'backup_onquota_db_20261124_020000.sql.gz', bytes: 1000, finishedAt: null },
    })
    expect(lookedAt({ boxes: [box(), old], statusFile: failed })).toEqual([])
    expect(lookedAt({ boxes: [old, box()], statusFile: failed })).toHaveLength(1)
  })
})

describe('the last run', () => {
  test('failed', () => {
    const failed = statusFile({ ok: false, stage: 'upload', error: 'the box is full', finishedAt: '2026-11-24T11:55:00Z' })
    expect(lookedAt({ statusFile: failed })).toEqual([
      'run: the last run failed at upload, 5 min ago: the box is full → backup onquota',
    ])
  })

  test('a status file that is none', () => {
    expect(lookedAt({ statusFile: '{ "ok": tr' })).toContain('run: the status file on the host is damaged → backup onquota')
  })

  test('pruning is held', () => {
    expect(lookedAt({ held: 'NAME has 10 bytes, the median is 900\n' })).toEqual([
      'size: nothing is pruned: NAME has 10 bytes, the median is 900 → backup onquota --acknowledge',
    ])
  })

  test('a script that gives no answer', () => {
    expect(told({ look: { error: 'exit 1: unknown argument: --status' } })).toEqual([
      'unseen newest: the backup script on the host did not answer: exit 1: unknown argument: --status → provision onquota',
    ])
  })
})

describe('proof', () => {
  const NONE = 'proof: no backup has been restored yet, so none is proven → restore onquota'
  const without = (proof: object | null) => ({ statusFile: statusFile({ proof }), boxes: [box({ proof: null })] })
  const grade = (changes: Partial<LookDocument>) =>
    judge(project, { ...wellFound(), look: { value: look(changes) } }, NOW).backup?.proof

  test('none yet: how far the newest came', () => {
    expect(lookedAt(without(null))).toEqual([NONE])
    expect(grade(without(null))).toMatchObject({ grade: 'hashed on the box', backup: NAME })
    expect(
      grade({
        boxes: [box({ newest: null, proof: null })],
        statusFile: statusFile({ proof: null, newest: { name: NAME, grade: 'hashed' } }),
      }),
    ).toMatchObject({
      grade: 'hashed',
    })
    expect(grade({ boxes: [], statusFile: null })).toEqual({ grade: 'none', at: null, backup: null })
  })

  test('nothing is missing where drills are off', () => {
    expect(told({ look: { value: look(without(null)) } }, { 'projects.onquota.backup.drill': false })).toEqual([])
  })

  test('the one on the box counts without the host’s word; damaged, its name still tells when', () => {
    const proof = (text: string) => ({ file: `${NAME}.proof-20261101_040000.json`, text })
    const at = (text: string) => grade({ boxes: [box({ proof: proof(text) })], statusFile: statusFile({ proof: null }) })
    expect(at(proofText({ at: '2026-11-01T04:00:00Z' }))).toMatchObject({ grade: 'restored', at: '2026-11-01T04:00:00Z' })
    expect(at('{')).toEqual({ grade: 'restored', at: '2026-11-01T04:00:00.000Z', backup: NAME })
  })

  test('too old from the 36th day on', () => {
    const at = (day: string) => lookedAt(without(JSON.parse(proofText({ at: `${day}T13:00:00Z` })) as object))
    expect(at('2026-10-20')).toEqual([])
    expect(at('2026-10-19')).toEqual(['proof: the last proof is 35 days old → restore onquota'])
  })

  test('a failed drill, until one holds again', () => {
    const failed = JSON.parse(proofText({ ok: false, at: '2026-11-23T04:00:00Z', error: '3 rows are missing' })) as object
    expect(lookedAt({ statusFile: statusFile({ proof: failed }) })).toEqual([
      'proof: the last restore drill failed: 3 rows are missing → restore onquota',
    ])
    const again = { file: `${NAME}.proof-20261124_040000.json`, text: proofText({ at: '2026-11-24T04:00:00Z' }) }
    expect(lookedAt({ statusFile: statusFile({ proof: failed }), boxes: [box({ proof: again })] })).toEqual([])
  })

  test('a skipped drill says why, once a proof is missing', () => {
    const skipped = JSON.parse(proofText({ ok: false, skipped: '2 GB free, 5 GB needed' })) as object
    expect(lookedAt({ statusFile: statusFile({ proof: skipped }) })).toEqual([])
    expect(lookedAt(without(skipped))).toEqual([NONE.replace(' →', '; the last drill was skipped: 2 GB free, 5 GB needed →')])
  })

  test('a hash alone is said as such, and does not hide a restore', () => {
    const hashed = JSON.parse(proofText({ contents: 'not looked at', at: '2026-11-23T04:00:00Z' })) as object
    expect(grade(without(hashed))).toMatchObject({ grade: 'hash proven' })
    expect(grade({ statusFile: statusFile({ proof: hashed }) })).toMatchObject({ grade: 'restored' })
  })

  test('of a box that could not be looked at, no proof is known to be missing', () => {
    expect(lookedAt({ ...without(null), boxes: [box({ error: 'away' })] })).toEqual([
      'unseen copies: the box box could not be looked at: away → box onquota',
    ])
  })
})

describe('space, over all projects', () => {
  /** Ten nights of one size each: the copies double within ten more. */
  const nights = Array.from({ length: 10 }, (_, ago): [string, number] => [
    `backup_onquota_db_202611${24 - ago}_030000.sql.gz`,
    1000,
  ])
  const looked = (host: string, changes: Partial<LookDocument>) => {
    const document = look(changes)
    return {
      host,
      project: project.project,
      status: judge(project, { ...wellFound(), look: { value: document } }, NOW),
      document,
    }
  }
  const spaceOf = ({ status }: ReturnType<typeof looked>) =>
    status.problems.map(({ text, next }) => `${text} → ${next.join(' ')}`)

  test('a disk that is full within 30 days, and one that is full later', () => {
    const local = (free: number) => ({ local: { free, bytes: 10_000, copies: nights } })
    const [soon, later] = [looked('vps', local(15_500)), looked('web', local(20_500))]
    judgeSpace([soon, later], NOW)
    expect(spaceOf(soon)).toEqual(['the disk of vps is full in 16 days, as the backups grow → backup onquota --prune --check'])
    expect(soon.status.backup?.local.fullOn).toBe('2026-12-10T12:00:00.000Z')
    expect(spaceOf(later)).toHaveLength(1)
    const never = looked('vps', local(22_000))
    judgeSpace([never], NOW)
    expect(never.status).toMatchObject({ problems: [], backup: { local: { fullOn: null } } })
  })

  test('projects on one box fill it together, on whichever hosts they are', () => {
    const boxes = [box({ copies: nights, free: 25_500 })]
    const [one, other] = [looked('vps', { boxes }), looked('web', { boxes })]
    judgeSpace([one, other], NOW)
    for (const each of [one, other])
      expect(spaceOf(each)).toEqual(['the box box is full in 13 days, as the backups grow → backup onquota --prune --check'])
  })

  test('no room for the next one', () => {
    const one = looked('vps', { boxes: [box({ free: 999 })] })
    judgeSpace([one], NOW)
    expect(spaceOf(one)).toEqual(['the box box is full: the next backup has no room → backup onquota --prune --check'])
  })
})

test('exit code: 0 all well, 2 something is not so, 1 something could not be looked at', () => {
  const host = { name: 'vps', ok: true, roundTrips: 1, seconds: 1, steps: [] }
  const of = (...found: Partial<Found>[]) => {
    const all = found.map((one) => ({
      host: 'vps',
      project: project.project,
      status: judge(project, { ...wellFound(), ...one }, NOW),
      document: undefined,
    }))
    const report = concluded(host, all)
    return [report.ok, report.steps.map(({ status }) => status), exitCode('status', false, [report])]
  }
  const dropped: Partial<Found> = { tables: { value: ['users'] } }
  const away: Partial<Found> = { look: { value: look({ boxes: [box({ error: 'away' })] }) } }
  expect(of({}, {})).toEqual([true, ['ok', 'ok'], 0])
  expect(of({}, dropped)).toEqual([false, ['ok', 'drift'], 2])
  expect(of(dropped, away)).toEqual([false, ['drift', 'failed'], 1])
  expect(exitCode('status', false, [{ ...host, error: 'no answer' }])).toBe(1)
})

test('the support’s document is one that the script could print', () => {
  expect(lookDocument.parse(look())).toEqual(look())
})
