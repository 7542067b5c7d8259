const DAY = 86_400_000
/** Sizes older than this say little about the next months. */
const TREND_DAYS = 56
/** A trend needs sizes of so many days, over at least so many days. */
const LEAST_DAYS = 4
const LEAST_SPAN = 6
/** Nobody plans further than three years. */
const HORIZON = 1095

/** One copy of a backup. */
export interface Sample {
  at: Date
  bytes: number
}

/** How long copies stay: all for `days`, beyond that the newest of each of the last days, weeks and months. */
export interface Retention {
  days: number
  daily: number
  weekly: number
  monthly: number
}

/** The copies of one project in one place. */
export interface Series {
  samples: readonly Sample[]
  retention: Retention
}

/**
 * When a place with `free` bytes is full, from how the copies in it have grown and how long they stay; null when that is not within three
 * years, or too little is known: no project there has copies of four days over a week. Pure.
 */
export function fullOn(all: readonly Series[], free: number | null, now: Date): Date | null {
  const today = Math.floor(now.getTime() / DAY)
  if (free === null || !all.some(({ samples }) => isKnown(recent(daysOf(samples), today)))) return null
  const places = all.filter(({ samples }) => samples.length > 0).map((series) => bytesFrom(series, today))
  const start = places.reduce((sum, place) => sum + place.next().value, 0)
  for (let day = today + 1; day <= today + HORIZON; day++)
    if (places.reduce((sum, place) => sum + place.next().value, 0) - start > free)
      return new Date(now.getTime() + (day - today) * DAY)
  return null
}

const recent = (days: readonly Day[], today: number) => days.filter(([day]) => day > today - TREND_DAYS)

function isKnown(days: readonly Day[]): boolean {
  return days.length >= LEAST_DAYS && days.at(-1)![0] - days[0]![0] >= LEAST_SPAN
}

/** Days since 1970. */
type Day = [day: number, bytes: number]

/** The newest copy's size of each day. */
function daysOf(samples: readonly Sample[]): Day[] {
  const sorted = samples.toSorted((a, b) => a.at.getTime() - b.at.getTime())
  return [...new Map(sorted.map(({ at, bytes }) => [Math.floor(at.getTime() / DAY), bytes]))]
}

interface Night {
  day: number
  /** Numbers of its week, from Monday on, and of its month. */
  week: number
  month: number
  /** Bytes of all its copies, and of the newest. */
  total: number
  newest: number
}

function nightOf(day: number, total: number, newest: number): Night {
  const date = new Date(day * DAY)
  // Day 4 was a Monday.
  return { day, week: Math.floor((day - 4) / 7), month: date.getUTCFullYear() * 12 + date.getUTCMonth(), total, newest }
}

/** What the copies of a project take today, tomorrow, and so on. */
export function* bytesFrom({ samples, retention }: Series, today: number): Generator<number, never> {
  const days = daysOf(samples)
  const last = recent(days, today)
  const sizeOn = isKnown(last) ? trend(last) : () => days.at(-1)![1]
  const eachDay = perDay(samples)
  let nights = days
    .map(([day, newest]) => {
      const copies = samples.filter(({ at }) => Math.floor(at.getTime() / DAY) === day)
      return nightOf(
        day,
        copies.reduce((sum, { bytes }) => sum + bytes, 0),
        newest,
      )
    })
    .toReversed()
  for (let day = today; ; day++) {
    const newest = sizeOn(day)
    if (day > today) nights.unshift(nightOf(day, newest * eachDay, newest))
    nights = keptOf(nights, day, retention)
    yield nights.reduce((sum, night) => sum + (day - night.day <= retention.days ? night.total : night.newest), 0)
  }
}

/** What is not pruned on that day; the newest first. */
function keptOf(nights: readonly Night[], today: number, { days, daily, weekly, monthly }: Retention): Night[] {
  let [dayLeft, weekLeft, monthLeft] = [daily, weekly, monthly]
  let [day, week, month] = [NaN, NaN, NaN]
  return nights.filter((night) => {
    // Each takes its slot, whether or not another keeps it already.
    const isNewest = [
      night.day !== day && dayLeft-- > 0,
      night.week !== week && weekLeft-- > 0,
      night.month !== month && monthLeft-- > 0,
    ]
    ;({ day, week, month } = night)
    return today - night.day <= days || isNewest.includes(true)
  })
}

/** Backups a day, from the gaps between the last ones; one where there is only one. */
function perDay(samples: readonly Sample[]): number {
  const times = samples
    .map(({ at }) => at.getTime())
    .toSorted((a, b) => a - b)
    .slice(-15)
  const gaps = times.slice(1).map((time, index) => time - times[index]!)
  return gaps.length === 0 ? 1 : DAY / Math.max(median(gaps), 60_000)
}

/** A straight line through the sizes that single outliers don't bend: the median of all slopes between two days. Source: Theil and Sen. */
function trend(days: readonly Day[]): (day: number) => number {
  const slopes = days.flatMap(([x1, y1], index) => days.slice(index + 1).map(([x2, y2]) => (y2 - y1) / (x2 - x1)))
  const slope = slopes.length === 0 ? 0 : median(slopes)
  const start = median(days.map(([x, y]) => y - slope * x))
  return (day) => Math.max(0, start + slope * day)
}

/** The middle one; of an even number the mean of both. Throws a RangeError for none. */
export function median(numbers: readonly number[]): number {
  if (numbers.length === 0) throw new RangeError('the median of nothing')
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
