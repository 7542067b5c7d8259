import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { preflight } from '../../../lib/steps/server/preflight.ts'
import { asked, context, expectUnreadable, help, plan, rows } from '../common/support.ts'

const { host } = context({ 'hosts.vps.minimumFreeMiB': 100 })
const step = preflight(host)
const now = () => Date.now() / 1000
// The step compares with this machine's clock, which stands still here.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())
const free = [
  { path: '/var', kib: 100 * 1024 },
  { path: '/var/backups/postgres', kib: 900 * 1024 },
]

test.each([
  ['right, just enough', free, 0, []],
  [
    'too little in one place',
    [{ path: '/var', kib: 100 * 1024 - 1 }, free[1]],
    0,
    [['free disk below /var', '99 MiB', 'at least 100 MiB', 'blocks']],
  ],
  ['a clock 59 s off', free, 59, []],
  ['a clock ahead', free, 90, [['clock', '90 s ahead', 'within 60 s of ours', 'person']]],
  ['a clock behind', free, -3600, [['clock', '3600 s behind', 'within 60 s of ours', 'person']]],
])('%s', (_what, places, off, changes) => {
  const found = plan(step, { system: { free: places, clock: now() + off } })
  expect(rows(found)).toEqual(changes)
  expect(found.note).toMatch(/^(100|99) MiB free$/)
})

test('the ways out are named', () => {
  expect(help(plan(step, { system: { free: [{ path: '/var', kib: 1 }], clock: now() - 99 } }))).toMatch(
    /make room below \/var, or lower hosts\.vps\.minimumFreeMiB[^]*timedatectl set-ntp true/,
  )
})

test('unreadable', () => expectUnreadable(step))

test('a real shell answers', async () => {
  vi.useRealTimers()
  const began = now()
  const found = await asked(step)
  const took = now() - began
  expect(found).toEqual({
    system: {
      value: { clock: expect.any(Number), free: expect.arrayContaining([{ path: '/var', kib: expect.any(Number) }]) },
    },
  })
  // The same clock: behind by no more than the answer took, and by the second that is cut off.
  const { clock } = (found['system'] as { value: { clock: number } }).value
  expect(clock).toBeLessThanOrEqual(0)
  expect(clock).toBeGreaterThanOrEqual(Math.floor(-took - 1))
})
