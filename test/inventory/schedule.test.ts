import { Cron } from 'croner'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { longestInterval, parseSchedule } from '../../lib/inventory/schedule.ts'

const START = Date.UTC(2028, 1, 1)
const DAYS = 30

/** All starts in some days, as the parsed schedule tells. */
function ours(text: string): number[] {
  const schedule = parseSchedule(text)
  return Array.from({ length: DAYS }, (_, index) => new Date(START + index * 86_400_000)).flatMap((date) =>
    schedule.on({ month: date.getUTCMonth() + 1, day: date.getUTCDate(), weekday: date.getUTCDay() })
      ? schedule.minutes.map((minute) => date.getTime() + minute * 60_000)
      : [],
  )
}

function croners(text: string): number[] {
  const cron = new Cron(text, { timezone: 'UTC', startAt: new Date(START), stopAt: new Date(START + DAYS * 86_400_000 - 1) })
  const times: number[] = []
  for (let next = cron.nextRun(new Date(START - 1000)); next !== null; next = cron.nextRun(next)) times.push(next.getTime())
  return times
}

const range = (min: number, max: number) =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }), fc.integer({ min: 1, max: 7 })).chain(([a, b, step]) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)]
    return fc.constantFrom(String(low), `${low}-${high}`, `${low}-${high}/${step}`, `${low},${high}`)
  })
const star = fc.constant('*')
const field = (min: number, max: number) => fc.oneof(star, range(min, max))

test('starts when croner says so', () => {
  const hours = fc.oneof(
    range(0, 23),
    fc.integer({ min: 2, max: 12 }).map((step) => `*/${step}`),
  )
  const expression = fc.tuple(
    fc.integer({ min: 0, max: 59 }),
    hours,
    field(1, 28),
    fc.oneof(star, fc.constantFrom('2', 'feb-mar', '1-3')),
    fc.oneof(field(0, 7), fc.constantFrom('mon', 'mon-fri', 'sat,sun')),
  )
  fc.assert(
    fc.property(expression, (parts) => {
      const text = parts.join(' ')
      expect(ours(text)).toEqual(croners(text))
    }),
    { numRuns: 50 },
  )
})

test.each([
  ['* * * * *', 60],
  ['*/7 * * * *', 7 * 60],
  ['0 3 * * *', 86_400],
  ['0 3,15 * * *', 43_200],
  ['0 3,4 * * *', 23 * 3600],
  ['0 3 * * 1-5', 3 * 86_400],
  ['30 2 * * sun', 7 * 86_400],
  ['0 0 1 * *', 31 * 86_400],
  ['0 0 29 2 *', 1461 * 86_400],
])('%s: the longest time to the next start is %i s', (text, seconds) => {
  expect(longestInterval(text)).toBe(seconds)
})

test.each(['0 3 * * 1-5', '15 1,13 2-20/6 * *', '0 3 1 1,7 *', '5 4 * 3 0'])(
  '%s: as croner counts it over four years',
  (text) => {
    const cron = new Cron(text, { timezone: 'UTC' })
    const starts = cron.nextRuns(3000, new Date('2001-01-01T00:00:00Z')).filter((date) => date.getUTCFullYear() < 2006)
    const gaps = starts.slice(1).map((date, index) => (date.getTime() - starts[index]!.getTime()) / 1000)
    expect(longestInterval(text)).toBe(Math.max(...gaps))
  },
)
