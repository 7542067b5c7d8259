import { Cron } from 'croner'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSchedule } from '../../lib/inventory/schedule.ts'

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
