import { describe, expect, test } from 'vitest'
import type { LookDocument } from '../../lib/status/document.ts'
import { judge } from '../../lib/status/judge.ts'
import { NAME, NOW, box, look, lookedAt, project, proofText, statusFile, told, wellFound } from './support.ts'

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
