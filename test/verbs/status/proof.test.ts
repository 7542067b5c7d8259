import { describe, expect, test } from 'vitest'
import type { Proof } from '../../../lib/steps/backup/document.ts'
import type { LookDocument } from '../../../lib/verbs/status/look.ts'
import type { StepReport } from '../../../lib/engine/plan.ts'
import { evaluate } from '../../../lib/verbs/status/evaluate.ts'
import { NOW, judge, NAME, box, look, lookedAt, named, project, proofText, statusFile, told, wellFound } from './support.ts'

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

  const result = (name: string, day: string, changes: Partial<Proof> = {}) =>
    JSON.parse(proofText({ name, at: `2026-11-${day}T04:00:00Z`, ...changes })) as Proof
  const failure = (name: string, day: string) => result(name, day, { ok: false, error: 'rows differ' })
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
    expect(lookedAt({ ...without(null), boxes: [box({ error: 'away' })] })).toEqual([])
  })

  test('what the step of the first drill says is not said again', () => {
    const drill: StepReport = { project: 'onquota', step: 'first-drill', status: 'drift', changes: [] }
    const own = evaluate(project, { found: { ...wellFound(), look: { value: look(without(null)) } }, reports: [drill] }, NOW)
    expect(own.figures).toEqual([])
  })
})
