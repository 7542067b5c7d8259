import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { fleet } from '../../lib/run/fleet.ts'
import type { HostResult } from '../../lib/run/fleet.ts'
import type { Status } from '../../lib/engine/plan.ts'

const groups = (count: number) => Array.from({ length: count }, (_, index) => ({ host: { name: `h${index}` } }))
const result = (...statuses: Status[]): HostResult => ({
  roundTrips: 2,
  steps: statuses.map((status) => ({ project: null, step: 'x', status, changes: [] })),
})
const describe = (error: unknown) => `described: ${(error as Error).message}`

test.each([
  [3, 10, 3],
  [1, 4, 1],
  [10, 4, 4],
])('at most %i at a time: of %i hosts, %i at once', async (cap, count, expected) => {
  let now = 0
  let most = 0
  const reports = await fleet(
    groups(count),
    cap,
    async () => {
      most = Math.max(most, ++now)
      await pause(2)
      now--
      return result('ok')
    },
    describe,
  )
  expect(reports).toHaveLength(count)
  expect(most).toBe(expected)
})

test('the order is kept, whoever ends first; each end is told at once', async () => {
  const done: string[] = []
  const reports = await fleet(
    groups(4),
    4,
    async ({ host }) => {
      await pause(host.name === 'h0' ? 30 : 1)
      return result('ok')
    },
    describe,
    ({ name }) => done.push(name),
  )
  expect(reports.map(({ name }) => name)).toEqual(['h0', 'h1', 'h2', 'h3'])
  expect(done.at(-1)).toBe('h0')
  expect(done).toHaveLength(4)
})

test('a host that fails stops no other; its error is described', async () => {
  const reports = await fleet(
    groups(3),
    1,
    async ({ host }) => {
      if (host.name === 'h1') throw new Error('away')
      return result('changed')
    },
    describe,
  )
  expect(reports).toEqual([
    { name: 'h0', ok: true, ...result('changed'), seconds: expect.any(Number) },
    { name: 'h1', ok: false, error: 'described: away', roundTrips: 0, steps: [], seconds: expect.any(Number) },
    { name: 'h2', ok: true, ...result('changed'), seconds: expect.any(Number) },
  ])
})

test.each([
  ['ok', true],
  ['changed', true],
  ['drift', false],
  ['unknown', false],
  ['failed', false],
  ['skipped', false],
] as const)('a host with a step that is %s: ok is %s', async (status, ok) => {
  const [report] = await fleet(groups(1), 5, () => Promise.resolve(result('ok', status)), describe)
  expect(report?.ok).toBe(ok)
})

test('hosts of one machine are done one after the other, beside the others', async () => {
  const [events, now]: [string[], Set<string>] = [[], new Set()]
  const lane = ({ host }: { host: { name: string } }) => (['h0', 'h2'].includes(host.name) ? 'one' : host.name)
  const reports = await fleet(
    groups(4),
    10,
    async ({ host }) => {
      now.add(host.name)
      if (now.has('h0') && now.has('h2')) events.push('both')
      await pause(2)
      now.delete(host.name)
      return result('ok')
    },
    describe,
    undefined,
    lane,
  )
  expect(events).toEqual([])
  expect(reports.map(({ name }) => name)).toEqual(['h0', 'h1', 'h2', 'h3'])
})

test('no hosts, no reports', async () => {
  expect(await fleet([], 5, () => Promise.reject(new Error('x')), describe)).toEqual([])
})
