import { expect, test } from 'vitest'
import { step } from '../../lib/engine/step.ts'
import type { Step } from '../../lib/engine/step.ts'
import type { OwnSteps } from '../../lib/inventory/index.ts'
import { ownSteps } from '../../lib/steps/own.ts'
import { context } from './common/support.ts'

const made = context()
const one = (more: Partial<Step> = {}): Step =>
  step({ project: 'onquota', name: 'report', needs: ['database'], facts: {}, plan: () => [], ...more })
const before = [
  one({ name: 'database', needs: [] }),
  step({ project: null, name: 'server', needs: [], facts: {}, plan: () => [] }),
]
const own = (steps: unknown) => ownSteps({ ...made, project: { ...made.project, steps: steps as OwnSteps } }, before)

test('a project without any has none; those that it has come in their order, and may need each other', () => {
  expect(ownSteps(made, before)).toEqual([])
  const steps = [one(), one({ name: 'more', needs: ['report', 'server'] })]
  expect(own(() => steps)).toEqual(steps)
})

test('it is given its project, its host and secrets', () => {
  const given: unknown[] = []
  own((...all: unknown[]) => (given.push(...all), []))
  expect(given).toMatchObject([{ name: 'onquota' }, { host: { name: made.host.name }, secret: made.secret }])
})

test.each<[string, unknown, RegExp]>([
  [
    'a throw',
    () => {
      throw new Error('no such thing')
    },
    /^the inventory: projects\.onquota\.steps: threw no such thing$/,
  ],
  ['a promise', async () => [], /needs to return a list of steps/],
  ['a step that is none', () => [one(), 'x'], /number 2 is no step/],
  ['no name', () => [one({ name: 'Report' })], /number 1 has no name of lower-case letters/],
  ['another project', () => [one({ project: 'other' })], /\(report\) is of the project "other"; it needs project: project\.name/],
  [
    'no plan',
    () => [{ project: 'onquota', name: 'report', needs: [], facts: {} }],
    /\(report\) lacks one of needs, facts and plan/,
  ],
  ['our name', () => [one({ name: 'database' })], /\(database\) has the name of another step/],
  ['its own name twice', () => [one(), one()], /number 2 \(report\) has the name of another step/],
  [
    'a need that comes later',
    () => [one({ needs: ['more'] }), one({ name: 'more' })],
    /\(report\) needs more, which does not come before it/,
  ],
])('%s is refused with its place', (_what, steps, message) => {
  expect(() => own(steps)).toThrow(message)
})
