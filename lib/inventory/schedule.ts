import { Cron } from 'croner'
import { z } from 'zod'

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const WEEKDAYS = 'sun mon tue wed thu fri sat'.split(' ')

interface Field {
  name: string
  min: number
  max: number
  /** Names that may stand for numbers, the first for `min`. */
  names?: readonly string[]
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of the week', min: 0, max: 7, names: WEEKDAYS },
]

/** When cron starts something: minutes after midnight, and which days. */
export interface Schedule {
  minutes: number[]
  days: number[]
  months: number[]
  /** Sunday is 0. */
  weekdays: number[]
  on(date: { month: number; day: number; weekday: number }): boolean
}

/**
 * Reads a crontab's five time fields as Debian's cron does. Throws an Error whose message says what is wrong and what would be right.
 * Source: crontab(5).
 */
export function parseSchedule(text: string): Schedule {
  if (/[\r\n]/.test(text)) throw new Error('it holds a newline')
  if (text.startsWith('@')) throw new Error('write the five fields instead of a name that begins with @, such as 0 3 * * *')
  const words = text.trim().split(/[ \t]+/)
  if (words.length !== 5) {
    throw new Error(
      `it has ${words.length} fields; cron has five, minute hour day-of-month month day-of-week, such as 0 3 * * *${words.length === 6 ? ' (no seconds)' : ''}`,
    )
  }
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = words.map((word, index) =>
    values(word, FIELDS[index]!),
  )
  const [anyDay, anyWeekday] = [words[2]!.startsWith('*'), words[4]!.startsWith('*')]
  // Crons disagree here: some take the days that match both, others those that match either.
  if ((anyDay && words[2] !== '*' && words[4] !== '*') || (anyWeekday && words[4] !== '*' && words[2] !== '*')) {
    throw new Error('a step of * beside the other kind of day is read differently by different crons; list the days instead')
  }
  const schedule: Schedule = {
    minutes: hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute)),
    days,
    months,
    weekdays,
    on: ({ month, day, weekday }) => {
      const [byDay, byWeekday] = [days.includes(day), weekdays.includes(weekday)]
      return months.includes(month) && (anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday)
    },
  }
  // What later reads the schedule to tell when a backup was due must be able to.
  if (new Cron(words.join(' '), { timezone: 'UTC' }).nextRun(new Date('2026-01-01T00:00:00Z')) === null)
    throw new Error('such a day never comes')
  return schedule
}

/** All days of 28 years, which hold every date on every weekday, and then begin again. */
const CALENDAR = 28 * 365 + 7

/** The longest time in seconds from one start to the next, on a clock that is never set. */
export function longestInterval(schedule: string): number {
  const parsed = parseSchedule(schedule)
  const { minutes } = parsed
  const within = minutes.slice(1).map((minute, index) => minute - minutes[index]!)
  const days = Array.from({ length: CALENDAR }, (_, index) => index).filter((index) => {
    const date = new Date(Date.UTC(2001, 0, 1 + index))
    return parsed.on({ month: date.getUTCMonth() + 1, day: date.getUTCDate(), weekday: date.getUTCDay() })
  })
  const gaps = days.map((day, index) => (days[index + 1] ?? days[0]! + CALENDAR) - day)
  return Math.max(...within.map((gap) => gap * 60), Math.max(...gaps) * 86_400 + (minutes[0]! - minutes.at(-1)!) * 60)
}

/** `*`, `5`, `1-5`, each with `/step` but the plain number, and lists of them. Weekday 7 is Sunday, 0. */
function values(text: string, field: Field): number[] {
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const [, range = '', from, to, step] = /^(\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part) ?? []
    if (range === '' || (step !== undefined && range !== '*' && to === undefined)) {
      throw new Error(`its ${field.name} ${JSON.stringify(part)} is not *, a number, a range or one of these with /step`)
    }
    const first = from === undefined ? field.min : number(from, field)
    const last =
      from === undefined
        ? Math.min(field.max, field.names === WEEKDAYS ? 6 : field.max)
        : to === undefined
          ? first
          : number(to, field)
    if (first > last) throw new Error(`its ${field.name} goes backwards in ${JSON.stringify(part)}; write two ranges`)
    const by = Number(step ?? 1)
    if (by < 1 || by > field.max) throw new Error(`its ${field.name} has the step ${step}; a step is from 1 to ${field.max}`)
    for (let value = first; value <= last; value += by) found.add(field.names === WEEKDAYS ? value % 7 : value)
  }
  return [...found].toSorted((a, b) => a - b)
}

function number(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1
  const value = named >= 0 ? named + field.min : /^\d{1,2}$/.test(text) ? Number(text) : NaN
  if (value >= field.min && value <= field.max) return value
  throw new Error(`its ${field.name} ${JSON.stringify(text)} is not from ${field.min} to ${field.max}`)
}

/** A crontab's five fields, one blank apart. */
export const schedule = z
  .string()
  .superRefine((text, context) => {
    try {
      parseSchedule(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: `found ${JSON.stringify(text)}; ${(error as Error).message}` })
    }
  })
  .describe('five fields of a crontab, such as 0 3 * * *')
  .transform((text) =>
    text
      .trim()
      .split(/[ \t]+/)
      .join(' '),
  )
