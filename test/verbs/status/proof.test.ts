import { describe, expect, test } from 'vitest'
import type { Proof } from '../../../lib/steps/backup/document.ts'
import type { LookDocument } from '../../../lib/verbs/status/look.ts'
import { judge, NAME, box, look, lookedAt, named, project, proofText, statusFile, told, wellFound } from './support.ts'

describe('proof', () => {
  const OLDER = named('20261122_030000')
  const NONE = 'proof: no backup has been restored yet, so none is proven → restore onquota'
  const without = (proof: object | null) => ({ statusFile: statusFile({ proof }) })
  const grade = (changes: Partial<LookDocument>) =>
    judge(project, { ...wellFound(), look: { value: look(changes) } }).backup?.proof

  test('none yet: how far the newest came', () => {
    expect(lookedAt(without(null))).toEqual([NONE])
    expect(grade(without(null))).toMatchObject({ grade: 'hashed on the box', backup: NAME })
    expect(
      grade({
        boxes: [box({ copies: [] })],
        statusFile: statusFile({ proof: null, newest: { name: NAME, grade: 'hashed' } }),
      }),
    ).toMatchObject({
      grade: 'hashed',
    })
    expect(grade({ boxes: [], statusFile: null })).toEqual({ grade: 'none', at: null, backup: null, newest: null })
  })

  test('nothing is missing where drills are off', () => {
    expect(told({ look: { value: look(without(null)) } }, { 'projects.onquota.backup.drill': false })).toEqual([])
  })

  test('too old from the 36th day on', () => {
    const at = (day: string) => lookedAt(without(JSON.parse(proofText({ at: `${day}T13:00:00Z` })) as object))
    expect(at('2026-10-20')).toEqual([])
    expect(at('2026-10-19')).toEqual(['proof: the last proof is 35 days old → restore onquota'])
  })

  test('a failed drill, until one holds again', () => {
    const failed = JSON.parse(proofText({ ok: false, at: '2026-11-23T04:00:00Z', error: '3 rows are missing' })) as object
    expect(lookedAt({ statusFile: statusFile({ proof: failed }) })).toEqual([
      `proof: restoring ${OLDER} failed: 3 rows are missing → restore onquota`,
    ])
    const again = [JSON.parse(proofText({ at: '2026-11-24T04:00:00Z' }))] as Proof[]
    expect(lookedAt({ statusFile: statusFile({ proof: failed, proofs: again }) })).toEqual([])
  })

  const result = (name: string, day: string, changes: Partial<Proof> = {}) =>
    JSON.parse(proofText({ name, at: `2026-11-${day}T04:00:00Z`, ...changes })) as Proof
  const failure = (name: string, day: string) => result(name, day, { ok: false, error: 'rows differ' })
  const of = (...proofs: Proof[]) => lookedAt({ statusFile: statusFile({ proof: null, proofs }) })

  test('a backup whose drill failed stays red until it or a newer one is proven, whatever was drilled since', () => {
    const red = [`proof: restoring ${NAME} failed: rows differ → restore onquota`]
    expect(of(failure(NAME, '23'))).toEqual(red)
    expect(of(result(OLDER, '24'), failure(NAME, '23'))).toEqual(red)
    expect(of(result(NAME, '24'), failure(NAME, '23'))).toEqual([])
    expect(of(result(NAME, '22'), failure(NAME, '23'))).toEqual(red)
    expect(of(result(NAME, '24'), failure(OLDER, '23'))).toEqual([])
  })

  test('what ended before it tested a backup is no failed one: of the schedule it is told, and the proof stays', () => {
    const refused = result('', '24', { ok: false, tested: false, error: 'not reached: no route' })
    const document = { statusFile: statusFile({ proof: refused, proofs: [result(NAME, '23')] }) }
    expect(lookedAt(document)).toEqual([
      'proof: the last restore drill failed before it tested a backup: not reached: no route → restore onquota',
    ])
    expect(grade(document)).toMatchObject({ grade: 'restored', backup: NAME, newest: 'proven' })
    const since = { statusFile: statusFile({ proof: refused, proofs: [result(NAME, '25')] }) }
    expect(lookedAt(since)).toEqual([])
  })

  test('a newest that no drill has tested yet takes nothing from the one that was', () => {
    const document = { statusFile: statusFile({ proof: result(OLDER, '22') }) }
    expect(lookedAt(document)).toEqual([])
    expect(grade(document)).toMatchObject({ grade: 'restored', backup: OLDER, newest: 'not yet' })
    expect(grade({ statusFile: statusFile({ proof: null, proofs: [failure(NAME, '24')] }) })).toMatchObject({ newest: 'failed' })
  })

  test('a skipped drill says why, once a proof is missing', () => {
    const skipped = JSON.parse(proofText({ ok: false, skipped: '2 GB free, 5 GB needed' })) as object
    const proofs = [JSON.parse(proofText()) as Proof]
    expect(lookedAt({ statusFile: statusFile({ proof: skipped, proofs }) })).toEqual([])
    expect(lookedAt(without(skipped))).toEqual([NONE.replace(' →', '; the last drill was skipped: 2 GB free, 5 GB needed →')])
  })

  test('a hash alone is said as such, and does not hide a restore', () => {
    const hashed = JSON.parse(proofText({ contents: 'not looked at', at: '2026-11-23T04:00:00Z' })) as object
    expect(grade(without(hashed))).toMatchObject({ grade: 'hash proven' })
    const before = JSON.parse(proofText()) as Proof
    expect(grade({ statusFile: statusFile({ proof: hashed, proofs: [before] }) })).toMatchObject({ grade: 'restored' })
  })

  test('of a box that could not be looked at, no proof is known to be missing', () => {
    expect(lookedAt({ ...without(null), boxes: [box({ error: 'away' })] })).toEqual([
      'unseen copies: the box box could not be looked at: away → box onquota',
    ])
  })
})
