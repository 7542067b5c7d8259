import { describe, expect, test } from 'vitest'
import { bytesFrom, fullOn, median } from '../../../lib/steps/backup/growth.ts'
import type { Retention, Series } from '../../../lib/steps/backup/growth.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const DAY = 86_400_000
const GB = 1e9
const KEEP: Retention = { days: 30, daily: 0, weekly: 0, monthly: 0 }

/** A backup at 03:00 on each of the last `days` days, the newest today; `size` by the days before today. */
function nightly(days: number, size: (ago: number) => number, retention: Partial<Retention> = {}): Series {
  const samples = Array.from({ length: days }, (_, ago) => ({
    at: new Date(Date.parse('2026-11-24T03:00:00Z') - ago * DAY),
    bytes: size(ago),
  }))
  return { samples, retention: { ...KEEP, ...retention } }
}
const inDays = (series: Series[], free: number | null) => {
  const date = fullOn(series, free, NOW)
  return date === null ? null : Math.round((date.getTime() - NOW.getTime()) / DAY)
}

describe('when it is full', () => {
  test('never, while as much goes as comes', () => {
    expect(inDays([nightly(60, () => GB)], 1)).toBeNull()
  })

  test('while the retention fills up: one more a day, until the first goes', () => {
    // 10 copies are there; on the 5th day from now 5 GB more.
    expect(inDays([nightly(10, () => GB)], 4.5 * GB)).toBe(5)
    // 31 days' copies fit, and no more come.
    expect(inDays([nightly(10, () => GB)], 21 * GB)).toBeNull()
    expect(inDays([nightly(10, () => GB)], 20.5 * GB)).toBe(21)
  })

  test('by the trend of the sizes, once the retention is full', () => {
    // Each day is 10 MB larger than the one before, so all 31 copies together grow by 310 MB a day.
    const growing = nightly(60, (ago) => GB - ago * 0.01 * GB)
    expect(inDays([growing], 3.1 * GB - 1)).toBe(10)
    expect(inDays([growing], 31 * GB - 1)).toBe(100)
  })

  test('two outliers do not bend the trend', () => {
    const spiked = nightly(60, (ago) => (ago === 3 ? 50 * GB : ago === 20 ? 0.001 * GB : GB))
    expect(inDays([spiked], 60 * GB)).toBeNull()
  })

  test('not when shrinking', () => {
    expect(inDays([nightly(60, (ago) => GB + ago * 0.01 * GB)], 1)).toBeNull()
  })

  test('not further than three years', () => {
    const slowly = nightly(60, (ago) => GB - ago * 1000)
    expect(inDays([slowly], 1094 * 31 * 1000)).toBe(1095)
    expect(inDays([slowly], 1096 * 31 * 1000)).toBeNull()
  })

  test('all projects of a place fill it together; a young one counts with the size that it has', () => {
    expect(inDays([nightly(10, () => GB), nightly(10, () => GB)], 4.5 * GB)).toBe(3)
    expect(inDays([nightly(10, () => GB), nightly(1, () => 3 * GB)], 11.5 * GB)).toBe(3)
  })

  test('several a day', () => {
    const at = (hours: number) => new Date(Date.parse('2026-11-24T03:00:00Z') - hours * 3_600_000)
    const samples = Array.from({ length: 40 }, (_, index) => ({ at: at(6 * index), bytes: GB }))
    expect(inDays([{ samples, retention: KEEP }], 11 * GB)).toBe(3)
  })

  test('what is kept for weeks and months adds up too', () => {
    // After the 31 days: a copy a week stays, ten of them.
    expect(inDays([nightly(31, () => GB)], 2.5 * GB)).toBeNull()
    const weeks = inDays([nightly(31, () => GB, { weekly: 10 })], 2.5 * GB)
    expect(weeks).toBeGreaterThan(14)
    expect(weeks).toBeLessThan(25)
    expect(inDays([nightly(31, () => GB, { weekly: 10 })], 7 * GB)).toBeNull()
    expect(inDays([nightly(31, () => GB, { monthly: 12 })], 2.5 * GB)).toBeGreaterThan(60)
    expect(inDays([nightly(31, () => GB, { daily: 40 })], 8.5 * GB)).toBe(9)
  })
})

test('a week begins on Monday, as the host prunes', () => {
  // Sunday 22 and Sunday 15 stay for their weeks, and the Monday and the Saturday beside them go.
  const only = (day: string) => ({ at: new Date(`${day}T03:00:00Z`), bytes: day === '2026-11-15' ? 7 * GB : GB })
  const samples = ['2026-11-14', '2026-11-15', '2026-11-16', '2026-11-22', '2026-11-23', '2026-11-24'].map(only)
  const bytes = bytesFrom({ samples, retention: { days: 1, daily: 0, weekly: 3, monthly: 0 } }, Date.parse('2026-11-24') / DAY)
  expect(bytes.next().value).toBe((1 + 1 + 1 + 7) * GB)
})

describe('not known', () => {
  test.each([
    ['no copies', [], 1],
    ['three days', [nightly(3, () => GB)], 1],
    ['four days within less than a week', [nightly(6, () => GB)], 1],
    [
      'three copies, over more than a week',
      [{ ...nightly(0, () => GB), samples: nightly(11, () => GB).samples.filter((_, ago) => ago % 5 === 0) }],
      1,
    ],
    ['only old ones', [{ ...nightly(0, () => GB), samples: nightly(90, () => GB).samples.slice(60) }], 1],
    ['a box that does not tell its room', [nightly(10, () => GB)], null],
  ])('%s', (_what, series, free) => {
    expect(fullOn(series, free, NOW)).toBeNull()
  })

  test('seven days are enough', () => {
    expect(inDays([nightly(7, () => GB)], 0.5 * GB)).toBe(1)
  })
})

test('median', () => {
  expect([median([3]), median([4, 1, 2]), median([4, 1, 2, 3])]).toEqual([3, 2, 2.5])
  expect(() => median([])).toThrow(RangeError)
})
