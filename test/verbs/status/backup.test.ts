import { describe, expect, test } from 'vitest'
import { NAME, box, look, lookedAt, statusFile, told } from './support.ts'

const boxOf = (changes: Parameters<typeof box>[0]) => lookedAt({ boxes: [box(changes)] })

describe('freshness is judged from the box', () => {
  /** These alone, of this size. */
  const only = (name: string): Parameters<typeof box>[0] => ({ copies: [[name, 900]] })

  test('an old one there, whatever the host says of its own', () => {
    expect(
      lookedAt({ boxes: [box(only('backup_onquota_db_20261123_010000.sql.gz'))], statusFile: statusFile({ newest: null }) }),
    ).toEqual(['newest: the newest on the box box is 35 h old; one was due at 2026-11-24 01:59 UTC → backup onquota'])
  })

  test('by the ledger, else by its name; a run may take three hours before it counts as missing', () => {
    const quiet = { statusFile: statusFile({ newest: null }) }
    expect(lookedAt({ ...quiet, boxes: [box(only('backup_onquota_db_20261124_015930.sql.gz'))] })).toEqual([])
    const early = 'backup_onquota_db_20261124_015830.sql.gz'
    const document = look({ ...quiet, boxes: [box(only(early))] })
    expect(told({ look: { value: document } })).toHaveLength(1)
    const made = new Map([[early, { finishedAt: '2026-11-24T02:10:00Z', bytes: 900, adopted: false }]])
    expect(told({ look: { value: { ...document, local: { ...document.local, copies: [] } } }, ledger: { value: { made, proofs: [] } } })).toEqual([]) // prettier-ignore
  })

  test('the schedule is the host’s zone’s: 03:00 in Los Angeles is an hour ago at noon in London, so not yet missed', () => {
    const at = (zone: string | null) =>
      lookedAt({ zone, boxes: [box(only('backup_onquota_db_20261123_120000.sql.gz'))], statusFile: statusFile({ newest: null }) })
    expect(at('America/Los_Angeles').length).toBe(0)
    expect(at('Europe/Berlin').length).toBe(1)
    expect(at(null).length).toBe(1)
    expect(at('Nowhere/At_all').length).toBe(1)
  })

  test.each<[string, Parameters<typeof box>[0], string]>([
    ['none there', { copies: [] }, 'newest: there is no backup on the box box → backup onquota'],
    [
      'a clock that is ahead',
      { copies: [['backup_onquota_db_20261130_030000.sql.gz', 900], ...look().local.copies] },
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
    const gone = { count: 1, newest: NAME, oldest: NAME, remains: 0, text, names: [] }
    expect(boxOf({ gone })).toEqual([`copies: on the box box: ${text} → box onquota`])
    expect(boxOf({ gone: null })).toEqual([])
  })

  test('of two boxes each is judged', () => {
    const boxes = [box(), box({ host: 'other.example', copies: [] })]
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
    expect(lookedAt({ held: 'NAME has 10 bytes, the median is 900' })).toEqual([
      'size: nothing is pruned: NAME has 10 bytes, the median is 900 → backup onquota --acknowledge',
    ])
  })

  test('a host that is not set up', () => {
    expect(told({ look: { error: 'exit 127: it is not there' } })).toEqual([
      'unseen newest: the backups could not be checked: exit 127: it is not there → provision onquota',
    ])
  })
})
