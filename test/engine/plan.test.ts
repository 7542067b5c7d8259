import { expect, test } from 'vitest'
import { z } from 'zod'
import { shellFact } from '../../lib/engine/fact.ts'
import { needed, planAll, reported } from '../../lib/engine/plan.ts'
import type { Planned } from '../../lib/engine/plan.ts'
import { step } from '../../lib/engine/step.ts'
import type { Change, Step } from '../../lib/engine/step.ts'
import { sh } from '../../lib/text/sh.ts'
import { answers, fixed } from './support.ts'

const small: Change = { what: 'x', from: 1, to: 2, run: sh`true` }
const forPerson: Change = { what: 'x', from: 1, to: 2, help: 'look' }
const shown = (planned: readonly Planned[]) =>
  planned.map(({ step: { name }, status, reason, error }) => [name, status, reason ?? error])

test('no change is ok, a change is drift, facts that come later are unknown; the order stays', () => {
  const later: Step = { ...fixed('later'), plan: () => ({ unknown: 'once x exists' }) }
  expect(shown(planAll([fixed('b'), later, fixed('a', [small])], answers([])))).toEqual([
    ['b', 'ok', undefined],
    ['later', 'unknown', 'once x exists'],
    ['a', 'drift', undefined],
  ])
})

test.each([
  ['a change that a machine makes', small, 'ok'],
  ['a change for a person', forPerson, 'ok'],
  ['a change for a person that blocks', { ...forPerson, blocks: true }, 'skipped'],
])('what needs a step with %s is %s', (_what, change, status) => {
  expect(planAll([fixed('a', [change]), fixed('b', [], ['a'])], answers([]))[1]?.status).toBe(status)
})

test('a blocked step stops what needs it, in turn, and nothing else', () => {
  const steps = [
    fixed('a', [{ ...forPerson, blocks: true }]),
    fixed('b', [small], ['a']),
    fixed('c', [small], ['b']),
    fixed('d', [small]),
  ]
  expect(shown(planAll(steps, answers([])))).toEqual([
    ['a', 'drift', undefined],
    ['b', 'skipped', 'waits for a'],
    ['c', 'skipped', 'waits for b'],
    ['d', 'drift', undefined],
  ])
})

test('a fact that could not be read, or was not asked, fails its step with the reason', () => {
  const size = shellFact(z.number(), sh`true`)
  const one = step({ project: null, name: 'a', needs: [], facts: { size }, plan: () => [] })
  expect(shown(planAll([one, fixed('b', [], ['a'])], answers([[size, { error: 'exit 1: no' }]])))).toEqual([
    ['a', 'failed', 'could not read size: exit 1: no'],
    ['b', 'skipped', 'waits for a'],
  ])
  expect(shown(planAll([one], answers([])))).toEqual([['a', 'failed', 'could not read size: not asked']])
})

test('null is an answer, and the note is made from what was found', () => {
  const size = shellFact(z.number().nullable(), sh`true`)
  const one = step({
    project: null,
    name: 'a',
    needs: [],
    facts: { size },
    plan: ({ size: found }) => (found === null ? [small] : []),
    note: ({ size: found }) => `${found} bytes`,
  })
  expect(planAll([one], answers([[size, { value: null }]]))[0]).toMatchObject({
    status: 'drift',
    changes: [small],
    note: 'null bytes',
  })
  expect(planAll([one], answers([[size, { value: 3 }]]))[0]).toMatchObject({ status: 'ok', changes: [], note: '3 bytes' })
})

test('what failed earlier in the run stays failed, and is not asked again', () => {
  const asked: Step = { ...fixed('a'), plan: () => expect.unreachable() }
  expect(shown(planAll([asked, fixed('b', [], ['a'])], answers([]), new Map([['a', { error: 'x: exit 1' }]])))).toEqual([
    ['a', 'failed', 'x: exit 1'],
    ['b', 'skipped', 'waits for a'],
  ])
})

const of = (project: string | null, name: string, needs: string[] = []): Step => ({ ...fixed(name, [], needs), project })

test("a need means the step of the same project, else the host's; another project's never", () => {
  const before = new Map(
    [
      ['server', 'host'],
      ['a/role', 'a'],
      ['b/role', 'b'],
    ].map(([key = '', project = '']) => [key, { step: of(project, key) }]),
  )
  expect(needed(of('b', 'database', ['role', 'server']), before).map(({ step: { project } }) => project)).toEqual(['b', 'host'])
  expect(() => needed(of('c', 'database', ['role']), before)).toThrow('step c/database needs role, which does not come before it')
})

test('a change is reported without its script; one without a script says that a person must act', () => {
  expect(reported({ ...small, deadline: 3, help: 'look' })).toEqual({ what: 'x', from: 1, to: 2, help: 'look' })
  expect(reported({ ...forPerson, blocks: true })).toEqual({ what: 'x', from: 1, to: 2, manual: true, help: 'look' })
})

test('what cannot be compared is the trouble of its step alone', () => {
  const broken: Step = {
    ...fixed('a'),
    plan: () => {
      throw new TypeError('x is not iterable')
    },
  }
  const noted: Step = { ...fixed('b'), note: () => JSON.parse('no') as string }
  const planned = planAll([broken, noted, fixed('c', [], ['a']), fixed('d')], answers([]))
  expect(planned.map(({ status, error, reason }) => [status, error ?? reason])).toEqual([
    ['failed', 'what was found could not be compared: x is not iterable'],
    ['failed', expect.stringMatching(/^what was found could not be compared: /)],
    ['skipped', 'waits for a'],
    ['ok', undefined],
  ])
})
