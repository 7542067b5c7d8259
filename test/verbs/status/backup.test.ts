import { describe, expect, test } from 'vitest'
import { NAME, box, lookedAt, statusFile, told } from './support.ts'

const boxOf = (changes: Parameters<typeof box>[0]) => lookedAt({ boxes: [box(changes)] })

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

  test('a copy that was brought there is gone: in the words of the host, which knows what was pruned', () => {
    const text = `1 backup that this host uploaded, gone from the box or incomplete there: ${NAME}`
    const gone = { count: 1, newest: NAME, oldest: NAME, remains: 0, text }
    expect(boxOf({ gone })).toEqual([`copies: on the box box: ${text} → box onquota`])
    expect(boxOf({ gone: null })).toEqual([])
  })

  test('of two boxes each is judged', () => {
    const boxes = [box(), box({ host: 'other.example', newest: null })]
    expect(lookedAt({ boxes })).toEqual(['newest: there is no backup on the box other.example → backup onquota'])
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
